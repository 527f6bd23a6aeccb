//! The controls of a developer's server: what tests make, set, force and ask for (ADR 0062).

mod addresses;
mod behind;
mod clock;
mod described;
mod elsewhere;
mod events;
mod expire;
mod keys;
mod mail;
mod mounts;
mod next;
mod outbox;
mod pages;
mod requests;
mod seeds;
mod snapshots;
mod tokens;
mod world;
mod worlds;
mod zero_click;
