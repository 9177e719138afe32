#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use super::*;

#[test]
fn lag_is_what_the_store_has_not_taken_in() {
    let standing = Standing::new("order", "a:9092");
    standing.assigned(&[(0, 5, 5), (3, 0, 0)], true);
    assert_eq!(standing.ends_at(0, 12), Some(7));
    standing.taken_in(0, 10);
    assert_eq!(standing.ends_at(0, 12), Some(2));
    assert_eq!(standing.ends_at(1, 12), None, "another replica's");
    let health = standing.health();
    assert!(health.leads);
    let lag = |(partition, lag)| PartitionHealth { partition, lag };
    assert_eq!(health.partitions, [(0, 2), (3, 0)].map(lag));
}

#[test]
fn what_was_revoked_is_no_longer_shown() {
    let standing = Standing::new("order", "a:9092");
    standing.assigned(&[(0, 5, 5)], true);
    standing.assigned(&[], false);
    assert_eq!(standing.health().partitions, []);
    assert!(!standing.health().leads);
}

#[test]
fn a_trouble_is_shown_until_it_is_over() {
    let standing = Standing::new("order", "a:9092");
    let said = "it is too large".to_owned();
    standing.trouble(Part::Relay, Some(said.clone()));
    assert_eq!(standing.health().troubles, [("relay", said)]);
    standing.trouble(Part::Relay, None);
    assert_eq!(standing.health().troubles, []);
}

#[test]
fn what_the_client_says_when_none_is_left_is_put_in_words() {
    let standing = Standing::new("order", "a:9092");
    let none_left = KafkaError::Global(RDKafkaErrorCode::AllBrokersDown);
    Ears(Arc::clone(&standing)).error(none_left, "0/1 brokers are down");
    let silence = standing.health().broker.unwrap_err();
    assert!(silence.contains("hang up") && silence.ends_with("(no connection to any of them)"));
}

#[test]
fn silent_brokers_are_named_until_they_answer() {
    let standing = Standing::new("order", "a:9092");
    standing.silent("connection refused");
    assert_eq!(
        standing.health().broker,
        Err("a:9092: connection refused".to_owned())
    );
    standing.answered();
    assert_eq!(standing.health().broker, Ok(()));
}

#[test]
fn a_silence_is_shown_at_once_and_told_when_it_lasts() {
    let standing = Standing::new("order", "a:9092");
    let told = || standing.state().silent.map(|(_, told)| told);
    standing.silent("gone");
    assert!(standing.health().broker.is_err());
    assert_eq!(told(), Some(false));
    standing.answered();
    assert_eq!(told(), None);
    let long_ago = Instant::now().checked_sub(GRACE).unwrap();
    standing.state().silent = Some((long_ago, false));
    standing.silent("gone");
    assert_eq!(told(), Some(true));
}

#[test]
fn why_the_last_attempt_failed_says_more_than_that_nobody_answers() {
    let standing = Standing::new("order", "a:9092");
    let ears = Ears(Arc::clone(&standing));
    for said in [
        "[thrd:a:9092/bootstrap]: a:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: refused (after 0ms in state CONNECT)",
        "[thrd:GroupCoordinator]: GroupCoordinator: a:9092: Connect to ipv4#10.0.0.1:9092 failed: refused",
    ] {
        ears.log(RDKafkaLogLevel::Error, "FAIL", said);
        standing.silent("no answer");
        let silence = standing.health().broker.unwrap_err();
        assert_eq!(
            silence,
            "a:9092: Connect to ipv4#10.0.0.1:9092 failed: refused"
        );
    }
}

#[test]
fn what_is_to_be_done_about_silence_is_said_before_what_the_client_said() {
    let standing = Standing::new("order", "a:9092");
    let ears = Ears(Arc::clone(&standing));
    let said = "[thrd:a:9092/bootstrap]: a:9092/bootstrap: Authentication failed";
    ears.log(RDKafkaLogLevel::Error, "FAIL", said);
    standing.silent("no answer");
    let silence = standing.health().broker.unwrap_err();
    assert!(
        silence.ends_with("(Authentication failed)")
            && silence.starts_with("a:9092: they refuse the user or its password; see `user`"),
        "{silence}"
    );
}
