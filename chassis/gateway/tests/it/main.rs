//! The door from outside: toy contexts behind it, in process and over real connections.

mod cors;
mod front;
mod own;
mod remote;
mod routes;
mod stage;
