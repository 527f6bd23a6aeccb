//! The controls of a developer's server: what tests make, set, force and ask for (ADR 0062).

mod addresses;
mod clock;
mod expire;
mod keys;
mod seeds;
mod snapshots;
mod tokens;
mod world;
mod worlds;
mod zero_click;
