//! Event streams: every way of cutting them gives the same events.
