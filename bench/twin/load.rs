//! The load: records as the shop's original payment service publishes them, in its words.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::future_producer::{DeliveryFuture, FutureProducer, FutureRecord};

use crate::Topic;
use crate::orders::{Orders, say};

/// How each of these records begins.
pub(crate) const APPROVED: &str = r#"{"eventType":"PaymentApproved","#;

/// Records on their way at once.
const WINDOW: usize = 10_000;

/// As jumun's relay has it.
pub(crate) fn producer(topic: &Topic) -> anyhow::Result<FutureProducer> {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &topic.brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("message.timeout.ms", "60000")
        .set("linger.ms", "2")
        .set("compression.type", "none")
        .set("partitioner", "murmur2");
    config.create().context("a producer")
}

pub(crate) async fn make(topic: &Topic, partitions: i32) -> anyhow::Result<()> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &topic.brokers);
    let admin: AdminClient<DefaultClientContext> = config.create()?;
    let new = NewTopic::new(&topic.topic, partitions, TopicReplication::Fixed(1));
    let made = admin.create_topics(&[new], &AdminOptions::new()).await?;
    match made.into_iter().next() {
        Some(Err((_, code))) if code != RDKafkaErrorCode::TopicAlreadyExists => {
            bail!("the topic {} was not made: {code}", topic.topic)
        }
        _ => Ok(()),
    }
}

pub(crate) async fn run(topic: &Topic) -> anyhow::Result<()> {
    let producer = producer(topic)?;
    let mut orders = Orders::begin()?;
    while let Some(order) = orders.next().await {
        let numbers = order
            .strip_prefix("send ")
            .and_then(|rest| rest.split_once(' '))
            .and_then(|(first, count)| Some((first.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((first, count)) => {
                let took = send(topic, &producer, first, count).await?;
                say(&format!("sent micros={}", took.as_micros()))?;
            }
            None => say(&format!("not understood: {order}"))?,
        }
    }
    Ok(())
}

/// Returns when the broker has acknowledged all.
async fn send(
    topic: &Topic,
    producer: &FutureProducer,
    first: u64,
    count: u64,
) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut window: VecDeque<DeliveryFuture> = VecDeque::with_capacity(WINDOW);
    for id in first..first + count {
        if window.len() >= WINDOW
            && let Some(oldest) = window.pop_front()
        {
            acknowledged(oldest).await?;
        }
        let (key, value) = (format!("order-{id}"), approved(id));
        let record = FutureRecord::to(&topic.topic).key(&key).payload(&value);
        let sent = producer.send_result(record).map_err(|(error, _)| error);
        window.push_back(sent.context("sending")?);
    }
    for sent in window {
        acknowledged(sent).await?;
    }
    Ok(begun.elapsed())
}

pub(crate) async fn acknowledged(sent: DeliveryFuture) -> anyhow::Result<()> {
    match sent.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err((error, _))) => Err(error).context("a record was not acknowledged"),
        Err(_) => bail!("the producer has gone"),
    }
}

/// `seeds/fruitstore.md`, wire.md §5.
fn approved(id: u64) -> String {
    format!(
        r#"{APPROVED}"timestamp":"20210530120000","payId":{id},"orderId":{id},"userId":7181,"qty":5,"price":50000,"address":"경기도 성남시","orderStatus":"주문신청","payStatus":"결제승인","me":true}}"#
    )
}
