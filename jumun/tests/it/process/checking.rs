//! `jumun check` before brokers.

use std::net::TcpListener;

use engines::{GUARDED, Kafka};

use crate::stage::{Process, Ran, Setup, jumun};

/// The brokers for everybody, if jumun can talk to them at all.
fn shared() -> Option<&'static Kafka> {
    if !cfg!(feature = "kafka") {
        engines::skip("checks of brokers", "jumun was built without kafka");
        return None;
    }
    Kafka::shared()
}

/// The fruit shop on these brokers, on a topic of its own.
fn on(brokers: &str) -> Setup {
    let prefix = format!("checked-{:08x}-", fastrand::u32(..));
    Setup::of("fruitstore")
        .set("kafka.brokers", brokers)
        .set("kafka.prefix", &prefix)
}

fn check(setup: &Setup) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    Ran::to_end(jumun(setup, folder.path()).args(["check", "-v", "--port", "0"]))
}

#[test]
fn brokers_and_topics_that_are_as_they_should_be_are_found_so_and_left_so() {
    let Some(kafka) = shared() else {
        return;
    };
    let setup = on(kafka.bootstrap());
    for _ in 0..2 {
        let out = check(&setup).fine();
        let broker = format!("ok       broker {}: answers", kafka.bootstrap());
        assert!(out.contains(&broker), "{out}");
        assert!(
            out.contains("fruitsorenew: will be made, with 12 partitions"),
            "{out}"
        );
    }
}

#[test]
fn a_topic_with_other_partitions_than_are_configured_is_told() {
    let Some(kafka) = shared() else {
        return;
    };
    let setup = on(kafka.bootstrap());
    let folder = tempfile::tempdir().unwrap();
    let one = setup.clone().set("kafka.partitions", "1");
    let mut serve = jumun(&one, folder.path());
    serve.args(["serve", "fruitstore", "payment", "--port", "0"]);
    let mut process = Process::start(&mut serve).unwrap();
    let told = "1 partitions, where 12 are configured";
    crate::waiting::eventually("the topic, and what is said of it", || {
        let out = check(&setup).fine();
        if out.contains(told) { Ok(()) } else { Err(out) }
    });
    process.signal("TERM");
    process.ends_well();
}

#[test]
fn why_brokers_do_not_let_us_in_is_said_with_what_to_do_and_without_the_password() {
    let Some(kafka) = shared() else {
        return;
    };
    let (user, password) = GUARDED;
    let as_user = |password| {
        on(&kafka.guarded_bootstrap())
            .set("kafka.security", "sasl_plaintext")
            .set("kafka.mechanism", "PLAIN")
            .set("kafka.user", user)
            .set("kafka.password", password)
    };
    let refused = says(
        &as_user("open-sesame"),
        "they refuse the user or its password",
    );
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(!refused.out.contains("open-sesame"), "{refused:?}");
    // Who may come in, and may not see the topic.
    let unseen = says(&as_user(password), "refuse this user the topic");
    assert!(unseen.out.contains(": answers"), "{unseen:?}");
    // Nobody says who they are where that is asked.
    let nobody = on(&kafka.guarded_bootstrap());
    says(&nobody, "See `security` under [kafka]");
}

/// Once it says that: on a busy machine brokers may be too slow for an answer in time.
fn says(setup: &Setup, what: &str) -> Ran {
    crate::waiting::eventually(what, || {
        let ran = check(setup);
        if ran.out.contains(what) {
            Ok(ran)
        } else {
            Err(format!("{ran:?}"))
        }
    })
}

#[test]
fn a_broker_that_is_away_is_named_beside_one_that_answers() {
    let Some(kafka) = shared() else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let ran = check(&on(&format!("{},{nobody}", kafka.bootstrap())));
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    let away = format!("wrong    broker {nobody}: ");
    assert!(ran.out.contains(&away), "{ran:?}");
    assert!(ran.out.contains("refused"), "{ran:?}");
    assert!(ran.out.contains(": answers"), "{ran:?}");
}
