//! `plan`, `run` and `status` in a world of two repositories: what they promise, and what becomes of bad input and bad
//! luck. Each bad end is followed by what a person does next, and the world is whole then.

mod plan;
mod resume;
