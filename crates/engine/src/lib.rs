//! Plans, runs, follows up and keeps the journal.
