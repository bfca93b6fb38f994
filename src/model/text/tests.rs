//! Hostile texts, one by one and at random.
