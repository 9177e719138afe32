//! The first service: a delivery is kept for what comes, with what it tells in the outbox, and that is
//! relayed from there.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::bail;
use rdkafka::producer::future_producer::{DeliveryFuture, FutureProducer, FutureRecord};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::watch;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::database::{MOVE_CURSORS, RELAY, connect, prepare};
use crate::load::producer;
use crate::orders::{Counts, Orders, add, say};
use crate::stream::{Taken, WAITING, consumer, cursors_after, gather, run as stream};
use crate::{Service, Topic};

const KEEP: &str = "
    INSERT INTO deliveries (id, order_id, user_id, qty, address, status)
    SELECT g.id, g.order_id, 7181, 5, '경기도 성남시', '배송시작'
    FROM unnest($1::int8[], $2::int8[]) AS g (id, order_id)";

const APPEND: &str = "
    INSERT INTO outbox (position, id, data) SELECT * FROM unnest($1::int8[], $2::int8[], $3::text[])";

const OUTBOX: &str =
    "SELECT position, id, data FROM outbox WHERE position > $1 ORDER BY position LIMIT $2";

/// Records on their way at once.
const WINDOW: usize = 1_000;
/// How old what the database says of the relay may be.
const SAVED_EVERY: Duration = Duration::from_millis(100);

pub(crate) async fn run(topic: &Topic, service: &Service) -> anyhow::Result<()> {
    let client = connect(&service.postgres).await?;
    let cursors = prepare(&client).await?;
    let head = client
        .query_one("SELECT coalesce(max(position), 0) FROM outbox", &[])
        .await?;
    let counts = Arc::new(Counts::new(service));
    let relayed = Arc::new(AtomicI64::new(cursors.get(&RELAY).copied().unwrap_or(0)));
    let (told, heads) = watch::channel(head.get(0));
    let (to, from) = channel(WAITING);

    let relay = Relay {
        topic: topic.clone(),
        client: connect(&service.postgres).await?,
        producer: producer(topic)?,
        heads,
        relayed: Arc::clone(&relayed),
        counts: Arc::clone(&counts),
    };
    let writer = Writer {
        client,
        told,
        relayed,
        counts: Arc::clone(&counts),
    };
    let streaming = stream(consumer(topic, &cursors)?, Arc::clone(&counts), to, false);
    let streaming = tokio::spawn(streaming);
    let writing = tokio::spawn(writer.run(from));
    let relaying = tokio::spawn(relay.run());
    let asked = async {
        let mut orders = Orders::begin()?;
        while let Some(order) = orders.next().await {
            say(&counts
                .answer(&order)
                .unwrap_or_else(|| format!("not understood: {order}")))?;
        }
        Ok(())
    };
    tokio::select! {
        ended = asked => ended,
        ended = streaming => ended?,
        ended = writing => ended?,
        ended = relaying => ended?,
    }
}

struct Writer {
    client: Client,
    /// Up to where the outbox reaches.
    told: watch::Sender<i64>,
    relayed: Arc<AtomicI64>,
    counts: Arc<Counts>,
}

impl Writer {
    async fn run(self, mut from: Receiver<Taken>) -> anyhow::Result<()> {
        let keep = self.client.prepare(KEEP).await?;
        let append = self.client.prepare(APPEND).await?;
        let move_cursors = self.client.prepare(MOVE_CURSORS).await?;
        let mut saved = self.relayed.load(Ordering::Acquire);
        loop {
            let mut batch = Vec::new();
            let size = self.counts.batch();
            tokio::select! {
                biased;
                came = from.recv_many(&mut batch, size) => {
                    if came == 0 {
                        return Ok(());
                    }
                    gather(&mut batch, &mut from, &self.counts).await;
                }
                () = tokio::time::sleep(SAVED_EVERY) => {
                    if self.relayed.load(Ordering::Acquire) <= saved {
                        continue;
                    }
                }
            }
            let head = *self.told.borrow();
            let mut positions = Vec::with_capacity(batch.len());
            let mut ids = Vec::with_capacity(batch.len());
            let mut data = Vec::with_capacity(batch.len());
            for (taken, position) in batch.iter().zip(head + 1..) {
                positions.push(position);
                ids.push(taken.id);
                data.push(started(position, taken.id));
            }
            let (mut partitions, mut nexts) = cursors_after(&batch);
            // The relay's cursor goes along; it is never ahead of what the brokers have.
            let relayed = self.relayed.load(Ordering::Acquire);
            if relayed > saved {
                partitions.push(RELAY);
                nexts.push(relayed);
            }
            let deliveries: [&(dyn ToSql + Sync); 2] = [&positions, &ids];
            let rows: [&(dyn ToSql + Sync); 3] = [&positions, &ids, &data];
            let cursors: [&(dyn ToSql + Sync); 2] = [&partitions, &nexts];
            tokio::try_join!(
                biased;
                self.client.batch_execute("BEGIN"),
                self.client.execute(&keep, &deliveries),
                self.client.execute(&append, &rows),
                self.client.execute(&move_cursors, &cursors),
                self.client.batch_execute("COMMIT"),
            )?;
            saved = relayed;
            add(&self.counts.received, batch.len());
            add(&self.counts.commits, 1);
            self.told
                .send_replace(positions.last().copied().unwrap_or(head));
        }
    }
}

struct Relay {
    topic: Topic,
    client: Client,
    producer: FutureProducer,
    heads: watch::Receiver<i64>,
    relayed: Arc<AtomicI64>,
    counts: Arc<Counts>,
}

impl Relay {
    async fn run(mut self) -> anyhow::Result<()> {
        let outbox = self.client.prepare(OUTBOX).await?;
        let mut read = self.relayed.load(Ordering::Acquire);
        let mut window: VecDeque<(i64, DeliveryFuture)> = VecDeque::with_capacity(WINDOW);
        loop {
            let head = *self.heads.borrow_and_update();
            while read < head && window.len() <= WINDOW / 2 {
                let room = i64::try_from(WINDOW - window.len())?;
                for row in self.client.query(&outbox, &[&read, &room]).await? {
                    let (id, data): (i64, &str) = (row.get(1), row.get(2));
                    read = row.get(0);
                    let key = format!("order-{id}");
                    let record = FutureRecord::to(&self.topic.topic).key(&key).payload(data);
                    let sent = self
                        .producer
                        .send_result(record)
                        .map_err(|(error, _)| error)?;
                    window.push_back((read, sent));
                }
            }
            tokio::select! {
                position = first(&mut window) => {
                    self.relayed.store(position?, Ordering::Release);
                    window.pop_front();
                    add(&self.counts.produced, 1);
                }
                changed = self.heads.changed(), if read >= head => {
                    if changed.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// The position of the first that is on its way, once it is acknowledged.
async fn first(window: &mut VecDeque<(i64, DeliveryFuture)>) -> anyhow::Result<i64> {
    match window.front_mut() {
        None => pending().await,
        Some((position, sent)) => match sent.await {
            Ok(Ok(_)) => Ok(*position),
            Ok(Err((error, _))) => Err(error.into()),
            Err(_) => bail!("the producer has gone"),
        },
    }
}

/// What follows from an approval, in the shop's words.
fn started(delivery: i64, order: i64) -> String {
    format!(
        r#"{{"eventType":"DeliveryStarted","timestamp":"20210530120000","deliveryId":{delivery},"orderId":{order},"userId":7181,"prodId":null,"qty":5,"address":"경기도 성남시","orderStatus":"주문신청","payStatus":"결제승인","deliveryStatus":"배송시작","me":true}}"#
    )
}
