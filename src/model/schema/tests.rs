//! Schemas, hostile and not.
