use std::io::Write as _;

use super::super::tests::{from_file, read, refused};
use super::*;

#[test]
fn every_key_of_kafka_can_stand_in_the_file() {
    let configuration = from_file(
        r#"
        [kafka]
        brokers = "kafka-1:9093, kafka-2:9093"
        prefix = "staging-"
        create = false
        partitions = 24
        replication = 3
        security = "sasl_tls"
        mechanism = "SCRAM-SHA-512"
        user = "tea"
        password = "hush"
        ca = "ca.pem"
        certificate = "us.pem"
        key = "us.key"
        session_timeout = "20s"
        "#,
    );
    let expected = Kafka {
        brokers: vec!["kafka-1:9093".to_owned(), "kafka-2:9093".to_owned()],
        prefix: "staging-".to_owned(),
        create: false,
        partitions: 24,
        replication: Some(3),
        security: Security::SaslTls,
        mechanism: Some(Mechanism::ScramSha512),
        user: Some("tea".to_owned()),
        password: Some(Secret::new("hush")),
        ca: Some("ca.pem".into()),
        certificate: Some("us.pem".into()),
        key: Some("us.key".into()),
        session_timeout: Duration::from_secs(20),
    };
    assert_eq!(configuration.unwrap().kafka, Some(expected));
}

#[test]
fn brokers_are_enough_and_without_them_there_is_no_kafka() {
    let kafka = read(None, &[("JUMUN_KAFKA__BROKERS", "k:9092")])
        .unwrap()
        .kafka;
    let kafka = kafka.unwrap();
    assert_eq!(kafka.brokers, ["k:9092"]);
    assert_eq!(
        (kafka.create, kafka.partitions, kafka.replication),
        (true, 12, None)
    );
    assert_eq!(kafka.security, Security::Plaintext);
    assert_eq!(from_file("").unwrap().kafka, None);
}

#[test]
fn topics_and_groups_are_called_as_the_originals_did_unless_a_prefix_sets_them_apart() {
    let system = crate::toy::system();
    let context = &system.contexts()[0];
    let kafka = |prefix: &str| {
        let text = format!("[kafka]\nbrokers = \"k:9092\"\nprefix = \"{prefix}\"");
        from_file(&text).unwrap().kafka.unwrap()
    };
    let here = kafka("staging-");
    assert_eq!(here.topic(&system), format!("staging-{}", system.topic()));
    assert_eq!(
        here.group(context),
        format!("staging-{}", context.consumer_group())
    );
    assert_eq!(kafka("").topic(&system), system.topic());
    for wrong in ["a b", "a/", &"a".repeat(101)] {
        let text = format!("[kafka]\nbrokers = \"k:9092\"\nprefix = \"{wrong}\"");
        refused(&text, "3:1", "kafka.prefix");
    }
}

#[test]
fn the_password_can_come_from_a_file_or_a_variable_while_the_rest_stands_in_the_file() {
    let text = "[kafka]\nbrokers = \"k:9092\"\nsecurity = \"sasl_plaintext\"\nmechanism = \"PLAIN\"\nuser = \"tea\"\n";
    let mut secret = tempfile::NamedTempFile::new().unwrap();
    secret.write_all(b"hush\n").unwrap();
    let path = secret.path().to_str().unwrap();
    for variable in [
        ("JUMUN_KAFKA__PASSWORD", "hush"),
        ("JUMUN_KAFKA__PASSWORD_FILE", path),
    ] {
        let kafka = read(Some(text), &[variable]).unwrap().kafka.unwrap();
        assert_eq!(kafka.password.as_ref().map(Secret::reveal), Some("hush"));
    }
}

#[test]
fn what_is_wrong_about_kafka_is_refused_with_its_place() {
    let with = |line: &str| format!("[kafka]\nbrokers = \"k:9092\"\n{line}");
    for (line, place, message) in [
        ("bootstrap = \"k\"", "3:1", "unknown field `bootstrap`"),
        ("brokrs = \"k\"", "3:1", "did you mean `brokers`?"),
        ("partitions = 0", "3:1", "from 1 to 1000"),
        ("replication = 0", "3:1", "from 1 to 100"),
        ("security = \"ssl\"", "3:12", "`sasl_tls`"),
        (
            "security = \"sasl_tls\"",
            "3:1",
            "needs `mechanism`, `user`",
        ),
        ("mechanism = \"GSSAPI\"", "3:13", "`SCRAM-SHA-512`"),
        (
            "user = \"tea\"",
            "3:1",
            "counts for nothing unless `kafka.security`",
        ),
        (
            "ca = \"ca.pem\"",
            "3:1",
            "counts for nothing unless `kafka.security`",
        ),
        (
            "security = \"tls\"\nkey = \"x\"",
            "4:1",
            "`certificate` and `key` both",
        ),
        ("session_timeout = \"1ms\"", "3:1", "from 1s to 30m"),
        (
            "password = \"hush\"\npassword_file = \"x\"",
            "4:1",
            "leave one of them out",
        ),
    ] {
        refused(&with(line), place, message);
    }
    refused(
        "[kafka]\nbrokers = \"k\"",
        "2:1",
        "kafka-1:9092,kafka-2:9092",
    );
    refused(
        "[kafka]\nbrokers = \"k:9092,\"",
        "2:1",
        "no list of brokers",
    );
    refused("[kafka]\npartitions = 3", "2:1", "without `kafka.brokers`");
}
