//! People are told over real HTTP and in a real file: each notice at most once, whatever the provider
//! does and whoever dies; and nobody waits for it. Tested with the school, which sends SMS.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::stage::{Does, Door, Provider, Setup, Stage};
use crate::waiting::eventually;

fn school() -> Setup {
    Setup::of("onlinestudy")
}

fn telling(provider: &Provider) -> Setup {
    school().set_in("Notification", "notify.webhook", &provider.url())
}

/// Orders a course, and so has one SMS sent.
fn order(school: &Door, number: usize) {
    let order = json!({
        "orderNo": number.to_string(),
        "courseNo": "01",
        "phonenum": format!("010-0000-{number:04}"),
    });
    school.post("/orderManagements", &order).expect(201);
}

fn health(school: &Stage) -> Value {
    let health = school.get("/actuator/health").expect(200).json();
    health["components"]["Notification"].clone()
}

fn notifier(school: &Stage, name: &str) -> Value {
    health(school)["components"]["notifiers"]["details"][name].clone()
}

/// All events have been taken in, and all that is to be told has been dealt with.
fn is_quiet(school: &Stage, name: &str) {
    school.settle();
    eventually("nothing waits", || {
        let notifier = notifier(school, name);
        match notifier["waiting"].as_i64() {
            Some(0) => Ok(()),
            _ => Err(notifier.to_string()),
        }
    });
}

/// How often each phone was told with success.
fn told(provider: &Provider) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for posted in provider.posted() {
        if posted.did == Does::Answer(200) {
            *told.entry(phone(&posted.body)).or_default() += 1;
        }
    }
    told
}

fn phone(notice: &Value) -> String {
    notice["to"].as_str().expect("a phone").to_owned()
}

fn once(numbers: impl IntoIterator<Item = usize>) -> BTreeMap<String, usize> {
    let phones = numbers.into_iter();
    phones.map(|n| (format!("010-0000-{n:04}"), 1)).collect()
}

#[test]
fn a_notice_is_posted_as_the_configuration_says() {
    let provider = Provider::start(Does::Answer(200));
    let school = telling(&provider).start();
    let place = provider
        .url()
        .replace("/notices", "")
        .replace("http://", "");
    let greeting = format!("notices   onlinestudy.Notification to {place}");
    assert!(school.said().contains(&greeting), "{}", school.said());
    order(&school, 1);
    is_quiet(&school, "webhook");
    let posted = provider.posted();
    let [posted] = posted.as_slice() else {
        panic!("{posted:?}")
    };
    assert_eq!(posted.path, "/notices");
    assert_eq!(posted.header("content-type"), Some("application/json"));
    let id = posted.body["id"].as_str().unwrap();
    assert_eq!(id, "Notification-1");
    assert_eq!(
        posted.header("idempotency-key"),
        Some("onlinestudy/Notification-1")
    );
    assert_eq!(posted.body["channel"], "sms");
    assert_eq!(phone(&posted.body), "010-0000-0001");
    let correlation = posted.body["correlation"].as_str().unwrap();
    assert_eq!(posted.header("x-correlation-id"), Some(correlation));
    let events = school.events();
    let told = events
        .iter()
        .find(|event| event["type"] == posted.body["eventType"]);
    assert_eq!(told.unwrap()["correlation"], correlation);
}

#[test]
fn what_a_provider_did_not_take_is_told_when_it_is_back_and_nothing_else_waits_for_it() {
    let provider = Provider::start(Does::Answer(503));
    let mut school = telling(&provider).start();
    for number in 1..=3 {
        order(&school, number);
    }
    school.settle();
    assert_eq!(school.count("smsHistories"), 3);
    eventually("a failure in its health", || {
        let notifier = notifier(&school, "webhook");
        match notifier["status"].as_str() {
            Some("DOWN") => Ok(()),
            _ => Err(notifier.to_string()),
        }
    });
    assert_eq!(health(&school)["status"], "UP");
    // What waits is kept over a stop.
    school.terminate();
    provider.does(Does::Answer(200));
    school.restart();
    is_quiet(&school, "webhook");
    assert_eq!(told(&provider), once(1..=3));
}

#[test]
fn a_provider_that_hangs_holds_up_neither_orders_nor_the_end_and_is_not_told_again() {
    let provider = Provider::start(Does::Hang);
    let setup = telling(&provider).set_in("Notification", "notify.deadline", "10m");
    let mut school = setup.start();
    for number in 1..=3 {
        order(&school, number);
    }
    school.settle();
    assert_eq!(school.count("smsHistories"), 3);
    eventually("an attempt", || match provider.posted().len() {
        1 => Ok(()),
        other => Err(other.to_string()),
    });
    school.terminate();
    provider.does(Does::Answer(200));
    school.restart();
    is_quiet(&school, "webhook");
    let first = phone(&provider.posted()[0].body);
    let mut others = once(1..=3);
    others.remove(&first);
    assert_eq!(told(&provider), others, "after {first}");
}

#[test]
fn a_context_in_a_process_of_its_own_tells_people_too_and_catches_up_when_it_was_away() {
    let provider = Provider::start(Does::Answer(200));
    let mut school = telling(&provider).start_apart();
    let all_told = |numbers: std::ops::RangeInclusive<usize>| {
        let all = once(numbers);
        eventually("all told", || match told(&provider) {
            told if told == all => Ok(()),
            told => Err(format!("{told:?}")),
        });
    };
    order(&school, 1);
    all_told(1..=1);
    school.kill("Notification");
    order(&school, 2);
    school.start("Notification");
    order(&school, 3);
    all_told(1..=3);
}

#[test]
fn nobody_is_told_twice_however_often_it_is_killed() {
    const KILLS: usize = 5;
    const EACH: usize = 8;
    let provider = Provider::start(Does::Answer(200));
    let mut school = telling(&provider).start();
    for kill in 0..KILLS {
        let before = provider.posted().len();
        for number in 0..EACH {
            order(&school, kill * EACH + number);
        }
        eventually("some notices", || match provider.posted().len() - before {
            0 => Err("none".to_owned()),
            _ => Ok(()),
        });
        school.kill();
        school.restart();
    }
    is_quiet(&school, "webhook");
    assert_eq!(school.count("smsHistories"), (KILLS * EACH) as u64);
    let told = told(&provider);
    assert!(told.values().all(|times| *times == 1), "{told:?}");
    let lost = KILLS * EACH - told.len();
    assert!(lost <= KILLS, "one a kill may be lost, not {lost}");
}

#[test]
fn a_file_holds_each_notice_once_and_a_kill_leaves_it_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sms.jsonl");
    let setup = school().set_in("Notification", "notify.file", path.to_str().unwrap());
    let mut school = setup.start();
    for number in 0..10 {
        order(&school, number);
    }
    let lines = || -> Vec<Value> {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // The last one may just be written.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    eventually("some lines", || match lines().len() {
        0 => Err("none".to_owned()),
        _ => Ok(()),
    });
    school.kill();
    school.restart();
    is_quiet(&school, "file");
    let mut phones: Vec<String> = lines().iter().map(phone).collect();
    let all = phones.len();
    phones.sort();
    phones.dedup();
    assert_eq!(phones.len(), all, "told twice");
    assert!(all >= 9, "one may be lost, not {}", 10 - all);
}

#[test]
fn check_looks_whether_people_could_be_told_and_a_context_that_tells_nobody_is_refused() {
    let provider = Provider::start(Does::Answer(200));
    let missing = "no-such-folder/sms.jsonl";
    let setup = telling(&provider).set_in("Notification", "notify.file", missing);
    let school = setup.start();
    let ran = school.command(&["check", "-v", "--port", "0"]);
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    let said = ran.out;
    let of = "notify of onlinestudy.Notification";
    assert!(
        said.contains(&format!("wrong    {of}: {missing}")),
        "{said}"
    );
    assert!(
        said.contains(&format!("ok       {of}: 127.0.0.1:")),
        "{said}"
    );
    assert!(provider.posted().is_empty(), "it only looks");

    let mut wrong = Stage::of("onlinestudy");
    wrong.terminate();
    wrong.set_up_as(self::school().set_in("orderManagement", "notify.file", "x"));
    let refused = wrong.try_restart().unwrap_err();
    assert!(
        refused.contains("JUMUN_SYSTEMS__ONLINESTUDY__ORDERMANAGEMENT__NOTIFY__FILE"),
        "{refused}"
    );
    assert!(refused.contains("onlinestudy.Notification"), "{refused}");
}
