//! Asks the brokers, in their own words.

use bus_kafka::{Survey, TopicFound, survey};
use storm::System;

use super::Finding;
use crate::configuration::Kafka;
use crate::split;

/// Each broker by itself: one that answers would hide one that does not.
pub(super) async fn ask(systems: &[System], kafka: &Kafka) -> Vec<Finding> {
    let topics: Vec<String> = systems.iter().map(|system| kafka.topic(system)).collect();
    let asking: Vec<_> = kafka
        .brokers
        .iter()
        .map(|broker| {
            let mut settings = split::bus::settings(kafka, "", "jumun-check");
            settings.brokers.clone_from(broker);
            let topics = topics.clone();
            tokio::spawn(async move { survey(&settings, topics).await })
        })
        .collect();
    let mut findings = Vec::new();
    let mut first = None;
    for (broker, asking) in kafka.brokers.iter().zip(asking) {
        let answer = asking.await.unwrap_or_else(|error| Err(error.to_string()));
        findings.push(answered(broker, answer.as_ref()));
        first = first.or(answer.ok());
    }
    if let Some(Survey {
        brokers,
        topics: found,
    }) = first
    {
        let topics = topics.iter().zip(found);
        findings.extend(topics.map(|(topic, found)| self::topic(topic, found, brokers, kafka)));
    }
    findings
}

fn answered(broker: &str, answer: Result<&Survey, &String>) -> Finding {
    match answer {
        Ok(survey) => {
            let of = survey.brokers;
            Finding::Fine(format!("broker {broker}: answers, one of {of}"))
        }
        Err(why) => Finding::Wrong(format!(
            "broker {broker}: {why}. Is it running, and is [kafka] right? Orders are taken without the brokers, and nothing follows from them"
        )),
    }
}

fn topic(
    name: &str,
    found: Result<Option<TopicFound>, String>,
    brokers: usize,
    kafka: &Kafka,
) -> Finding {
    match found {
        Err(why) => Finding::Wrong(format!("topic {name}: {why}")),
        Ok(Some(found)) => there(name, found, kafka),
        Ok(None) if !kafka.create => Finding::Wrong(format!(
            "topic {name}: is not there; make it, or let jumun do so with `create = true` under [kafka]"
        )),
        Ok(None) => match kafka.replication {
            Some(copies) if usize::from(copies) > brokers => Finding::Wrong(format!(
                "topic {name}: cannot be made with {copies} copies, for there are {brokers} brokers; lower `replication` under [kafka], or start more"
            )),
            Some(copies) => Finding::Fine(format!(
                "topic {name}: will be made, with {} partitions and {copies} copies",
                kafka.partitions
            )),
            None => Finding::Fine(format!(
                "topic {name}: will be made, with {} partitions and as many copies as the brokers think best",
                kafka.partitions
            )),
        },
    }
}

fn there(name: &str, found: TopicFound, kafka: &Kafka) -> Finding {
    let TopicFound {
        partitions,
        copies,
        leaderless,
    } = found;
    if leaderless > 0 {
        return Finding::Wrong(format!(
            "topic {name}: {leaderless} of {partitions} partitions cannot be used; start the brokers that have them"
        ));
    }
    let mut differs = Vec::new();
    if partitions != usize::from(kafka.partitions) {
        differs.push(format!(
            "{partitions} partitions, where {} are configured: of each context at most {partitions} replicas are at work",
            kafka.partitions
        ));
    }
    if let Some(wanted) = kafka
        .replication
        .filter(|wanted| usize::from(*wanted) != copies)
    {
        differs.push(format!("{copies} copies, where {wanted} are configured"));
    }
    if differs.is_empty() {
        return Finding::Fine(format!(
            "topic {name}: {partitions} partitions, {copies} copies"
        ));
    }
    Finding::Warning(format!(
        "topic {name}: is there with {}; what [kafka] says is for a topic that jumun makes",
        differs.join(", and with ")
    ))
}

#[cfg(test)]
mod tests;
