//! The turn machine, event by event.
