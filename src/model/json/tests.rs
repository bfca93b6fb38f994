//! Raw JSON against `serde_json`.
