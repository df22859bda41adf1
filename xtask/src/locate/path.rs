//! Paths into structured texts.
