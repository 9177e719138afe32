//! The HTTP of a context, as clients see it: a toy kitchen, in process and over TCP.

#![allow(missing_docs, reason = "tests")]

mod app;
mod bad_input;
mod chaos;
mod collections;
mod commands;
mod conditions;
mod finders;
mod items;
mod kettles;
mod operations;
mod outgoing;
mod server;
