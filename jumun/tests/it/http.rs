//! HTTP as clients of the originals and of the web know it (`wire.md`).

mod collections;
mod conditions;
mod crowd;
mod door;
mod front;
mod health;
mod methods;
mod negotiation;
mod trail;
