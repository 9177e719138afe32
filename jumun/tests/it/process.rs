//! The binary as operators meet it: starting, stopping, refusing, and its other commands.

mod backups;
mod checking;
mod commands;
mod containers;
mod guarded;
mod interop;
mod layout;
mod moving;
mod notifying;
mod older;
mod repair;
mod replicas;
mod restarting;
mod split;
mod starting;
mod stopping;
mod waiting;
