//! The database: one connection, over which what belongs together travels together.

use anyhow::Context as _;
use tokio_postgres::{Client, NoTls};

use crate::stream::Cursors;

// Durable as the server is by itself: `fsync` and `synchronous_commit` are on.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS deliveries
        (id int8 PRIMARY KEY, order_id int8 NOT NULL UNIQUE, user_id int8 NOT NULL, qty int8 NOT NULL,
         address text NOT NULL, status text NOT NULL);
    CREATE TABLE IF NOT EXISTS outbox (position int8 PRIMARY KEY, id int8 NOT NULL, data text NOT NULL);
    CREATE TABLE IF NOT EXISTS pages
        (order_id int8 PRIMARY KEY, user_id int8 NOT NULL, qty int8 NOT NULL, pay_status text,
         delivery_status text) WITH (fillfactor = 60);
    CREATE TABLE IF NOT EXISTS cursors
        (partition int4 PRIMARY KEY, next int8 NOT NULL) WITH (fillfactor = 20)";

/// The cursor of the relay, among those of the partitions.
pub(crate) const RELAY: i32 = -1;

pub(crate) const MOVE_CURSORS: &str = "
    INSERT INTO cursors (partition, next) SELECT * FROM unnest($1::int4[], $2::int8[])
    ON CONFLICT (partition) DO UPDATE SET next = excluded.next";

pub(crate) async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .with_context(|| format!("{url} cannot be reached"))?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes the tables, and says where the last run ended.
pub(crate) async fn prepare(client: &Client) -> anyhow::Result<Cursors> {
    client.batch_execute(SCHEMA).await?;
    let rows = client
        .query("SELECT partition, next FROM cursors", &[])
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
