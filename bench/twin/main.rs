//! The raw twin: the yardstick that `cargo xtask bench --split` holds a split jumun against.
//!
//! A message as it must cost on these servers: a record is taken from the topic; the delivery that
//! follows from it is committed, in a table made for deliveries, with what it tells in an outbox and the
//! place in the topic; the outbox is relayed to the topic (`acks=all`, idempotent); a second process takes
//! that, and commits the page's row, with its place. Each commit carries as many messages as it is told to: as many as jumun's did in the same
//! run. No framework, no JSON that is read, no retries, no replicas: what fails ends the process.
//!
//! Two processes, as two contexts are: `twin deliver` and `twin show`. `twin load` is what enters the
//! load, the same for jumun. Each answers orders on its stdin, one a line, and ends when that closes.

mod database;
mod deliver;
mod load;
mod orders;
mod show;
mod stream;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    topic: Topic,
    #[command(subcommand)]
    role: Role,
}

#[derive(Args, Clone)]
struct Topic {
    /// Where the brokers are: `host:port,…`
    #[arg(long)]
    brokers: String,
    #[arg(long)]
    topic: String,
}

#[derive(Subcommand)]
enum Role {
    /// Makes the topic
    Topic {
        #[arg(long, default_value_t = 12)]
        partitions: i32,
    },
    /// Sends records: `send FIRST COUNT`
    Load,
    /// The first of the two: takes records, keeps what follows in the outbox, relays that
    Deliver(Service),
    /// The second: takes what the first told, and keeps the effect
    Show(Service),
}

#[derive(Args)]
struct Service {
    /// The database: `postgres://…`
    #[arg(long)]
    postgres: String,
    /// Messages that a commit carries
    #[arg(long, default_value_t = 256)]
    batch: usize,
    /// How long a commit that could carry more waits for more, in milliseconds
    #[arg(long, default_value_t = 5)]
    wait: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Flags { topic, role } = Flags::parse();
    match role {
        Role::Topic { partitions } => load::make(&topic, partitions).await,
        Role::Load => load::run(&topic).await,
        Role::Deliver(service) => deliver::run(&topic, &service).await,
        Role::Show(service) => show::run(&topic, &service).await,
    }
}
