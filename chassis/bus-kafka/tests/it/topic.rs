//! The topic: who makes it, and what is said when it may not be used.

use bus_kafka::{Password, Protocol, Security};
use engines::{GUARDED, Kafka};
use rdkafka::admin::{AdminOptions, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;
use testkit::memory_store::MemoryStore;

use crate::kitchen::kettles;
use crate::rig::{Rig, boil_all, names, troubles, until, until_total};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_replicas_that_start_at_once_make_one_topic_as_configured() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 5);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let kettles: Vec<_> = (0..5).map(|_| rig.kettles(&told)).collect();
    let tallies: Vec<_> = (0..5).map(|_| rig.tallies(&heard)).collect();
    boil_all(&kettles[3].running, &names(3), 5).await;
    until_total(&tallies[0].running, 15).await;
    until("each has one partition", async || {
        let all = kettles.iter().chain(&tallies);
        all.into_iter().all(|replica| {
            replica.bus.health().partitions.len() == 1 && troubles(&replica.bus).is_empty()
        })
    })
    .await;
    let leaders = kettles.iter().filter(|replica| replica.bus.health().leads);
    assert_eq!(leaders.count(), 1);

    let consumer: BaseConsumer = rig.client().create().unwrap();
    let metadata = consumer
        .fetch_metadata(Some(rig.topic), Duration::from_secs(10))
        .unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 5);
    let topic = ResourceSpecifier::Topic(rig.topic);
    let described = rig.admin();
    let described = described.describe_configs([&topic], &AdminOptions::new());
    let described = described.await.unwrap().remove(0).unwrap();
    let value = |name| described.get(name).unwrap().value.clone().unwrap();
    // Read models are rebuilt from it.
    assert_eq!(value("retention.ms"), "-1");
    assert_eq!(value("unclean.leader.election.enable"), "false");
    for replica in kettles.into_iter().chain(tallies) {
        replica.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_may_not_use_the_topic_is_told_so_and_goes_on_taking_commands() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    rig.make_topic(&[]).await;
    let mut settings = rig.settings(&rig.group("kettles"));
    settings.brokers = kafka.guarded_bootstrap();
    let (user, password) = GUARDED;
    settings.security = Security {
        protocol: Protocol::SaslPlaintext,
        mechanism: Some("PLAIN".to_owned()),
        user: Some(user.to_owned()),
        password: Some(Password::new(password)),
        ..Security::default()
    };
    let running = Rig::run(kettles(), MemoryStore::new().open());
    let refused = rig.connect(&running, settings.clone());
    until("it is refused the topic", async || {
        let said = troubles(&refused);
        said.contains(&format!("refuse this user the topic `{}`", rig.topic))
            && said.contains("kafka-acls")
    })
    .await;
    boil_all(&running, &names(1), 3).await;
    until("the outbox shows", async || refused.health().outbox == 4).await;

    settings.security.password = Some(Password::new("wrong"));
    let mistaken = rig.connect(&running, settings.clone());
    until("it is refused altogether", async || {
        let said = mistaken.health().broker.err().unwrap_or_default();
        said.to_lowercase().contains("authentication") && !said.contains("wrong")
    })
    .await;

    settings.security.user = Some("jumun".to_owned());
    settings.security.password = Some(Password::new(password));
    let welcome = rig.connect(&running, settings);
    until("who may, does", async || rig.on_topic() == Some(4)).await;
    for bus in [refused, mistaken, welcome] {
        bus.stop().await;
    }
    running.stop().await;
}
