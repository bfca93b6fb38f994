//! The HTTP transports against servers that say exactly the scripted bytes.
