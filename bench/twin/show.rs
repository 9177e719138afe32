//! The second service: a row a message, that says what has been heard of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc::{Receiver, channel};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::database::{MOVE_CURSORS, connect, prepare};
use crate::orders::{Counts, Orders, add, say};
use crate::stream::{Taken, WAITING, consumer, cursors_after, gather, run as stream};
use crate::{Service, Topic};

const SHOW: &str = "
    INSERT INTO pages (order_id, user_id, qty, pay_status, delivery_status)
    SELECT g.id, 7181, 5, CASE WHEN g.approved THEN '결제승인' END, CASE WHEN g.started THEN '배송시작' END
    FROM unnest($1::int8[], $2::bool[], $3::bool[]) AS g (id, approved, started)
    ON CONFLICT (order_id) DO UPDATE SET
        pay_status = coalesce(excluded.pay_status, pages.pay_status),
        delivery_status = coalesce(excluded.delivery_status, pages.delivery_status)";

const IS_STARTED: &str = "
    SELECT EXISTS (SELECT FROM pages WHERE order_id = $1 AND delivery_status IS NOT NULL)";

/// Both must have been heard, or it is no effect.
const KEPT: &str = "
    SELECT count(*) FROM pages WHERE pay_status IS NOT NULL AND delivery_status IS NOT NULL";

pub(crate) async fn run(topic: &Topic, service: &Service) -> anyhow::Result<()> {
    let client = connect(&service.postgres).await?;
    let cursors = prepare(&client).await?;
    let counts = Arc::new(Counts::new(service));
    let (to, from) = channel(WAITING);
    let streaming = stream(consumer(topic, &cursors)?, Arc::clone(&counts), to, true);
    let streaming = tokio::spawn(streaming);
    let writing = tokio::spawn(write(client, Arc::clone(&counts), from));
    let looking = connect(&service.postgres).await?;
    let asked = answer(&looking, &counts);
    tokio::select! {
        ended = asked => ended,
        ended = streaming => ended?,
        ended = writing => ended?,
    }
}

async fn answer(looking: &Client, counts: &Counts) -> anyhow::Result<()> {
    let is_started = looking.prepare(IS_STARTED).await?;
    let mut orders = Orders::begin()?;
    while let Some(order) = orders.next().await {
        if order == "kept" {
            let kept: i64 = looking.query_one(KEPT, &[]).await?.get(0);
            say(&kept.to_string())?;
            continue;
        }
        let id = order
            .strip_prefix("has ")
            .and_then(|id| id.parse::<i64>().ok());
        let answer = match id {
            Some(id) => {
                let has: bool = looking.query_one(&is_started, &[&id]).await?.get(0);
                Some(if has { "yes" } else { "no" }.to_owned())
            }
            None => counts.answer(&order),
        };
        say(&answer.unwrap_or_else(|| format!("not understood: {order}")))?;
    }
    Ok(())
}

async fn write(
    client: Client,
    counts: Arc<Counts>,
    mut from: Receiver<Taken>,
) -> anyhow::Result<()> {
    let show = client.prepare(SHOW).await?;
    let move_cursors = client.prepare(MOVE_CURSORS).await?;
    loop {
        let mut batch = Vec::new();
        if from.recv_many(&mut batch, counts.batch()).await == 0 {
            return Ok(());
        }
        gather(&mut batch, &mut from, &counts).await;
        // One row each, and always in the same order.
        let mut rows: BTreeMap<i64, (bool, bool)> = BTreeMap::new();
        for taken in &batch {
            let row = rows.entry(taken.id).or_default();
            row.0 |= taken.approved;
            row.1 |= !taken.approved;
        }
        let ids: Vec<i64> = rows.keys().copied().collect();
        let (approved, started): (Vec<bool>, Vec<bool>) = rows.into_values().unzip();
        let (partitions, nexts) = cursors_after(&batch);
        let rows: [&(dyn ToSql + Sync); 3] = [&ids, &approved, &started];
        let cursors: [&(dyn ToSql + Sync); 2] = [&partitions, &nexts];
        tokio::try_join!(
            biased;
            client.batch_execute("BEGIN"),
            client.execute(&show, &rows),
            client.execute(&move_cursors, &cursors),
            client.batch_execute("COMMIT"),
        )?;
        add(&counts.received, batch.len());
        add(&counts.commits, 1);
    }
}
