//! The controls of a developer's server: what tests make, set, force and ask for (ADR 0062).

mod world;
mod worlds;
