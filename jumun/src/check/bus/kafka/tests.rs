use super::*;
use crate::configuration::{Configuration, Sources};
use crate::toy;

fn kafka(keys: &str) -> Kafka {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jumun.toml");
    std::fs::write(&file, format!("[kafka]\nbrokers = \"k:9092\"\n{keys}")).unwrap();
    let configuration = Configuration::read(&Sources {
        file: Some(&file),
        variables: &[],
        systems: &[toy::system()],
    });
    configuration.unwrap().kafka.unwrap()
}

fn found(partitions: usize, copies: usize) -> TopicFound {
    TopicFound {
        partitions,
        copies,
        leaderless: 0,
    }
}

fn fine(finding: &Finding) -> &str {
    match finding {
        Finding::Fine(said) => said,
        Finding::Warning(said) | Finding::Wrong(said) => panic!("not fine: {said}"),
    }
}

fn warning(finding: &Finding) -> &str {
    match finding {
        Finding::Warning(said) => said,
        Finding::Fine(said) | Finding::Wrong(said) => panic!("no warning: {said}"),
    }
}

fn wrong(finding: &Finding) -> &str {
    match finding {
        Finding::Wrong(said) => said,
        Finding::Fine(said) | Finding::Warning(said) => panic!("not wrong: {said}"),
    }
}

#[test]
fn a_topic_as_configured_is_fine() {
    let configured = kafka("partitions = 6\nreplication = 3");
    assert!(fine(&there("tea", found(6, 3), &configured)).contains("6 partitions, 3 copies"));
    // How many copies is the brokers' to say where nothing is configured.
    fine(&there("tea", found(12, 1), &kafka("")));
}

#[test]
fn a_topic_that_is_there_in_another_shape_works_and_is_told() {
    let one = there("tea", found(1, 1), &kafka(""));
    let said = warning(&one);
    assert!(
        said.contains("1 partitions, where 12 are configured"),
        "{said}"
    );
    let copies = there("tea", found(12, 1), &kafka("replication = 3"));
    let said = warning(&copies);
    assert!(said.contains("1 copies, where 3 are configured"), "{said}");
}

#[test]
fn a_topic_that_is_not_there_is_made_or_its_lack_is_wrong() {
    assert!(fine(&topic("tea", Ok(None), 1, &kafka(""))).contains("12 partitions"));
    let by_hand = topic("tea", Ok(None), 1, &kafka("create = false"));
    assert!(wrong(&by_hand).contains("create = true"));
    let too_many = topic("tea", Ok(None), 1, &kafka("replication = 3"));
    assert!(wrong(&too_many).contains("there are 1 brokers"));
}

#[test]
fn partitions_that_nobody_has_are_wrong() {
    let away = TopicFound {
        partitions: 12,
        copies: 1,
        leaderless: 4,
    };
    let said = topic("tea", Ok(Some(away)), 2, &kafka(""));
    assert!(wrong(&said).contains("4 of 12"));
}
