use std::path::Path;

use storm::store::{Changes, NewEvent, StoredEvent, Writer};

use super::line::{self, Look};
use super::{Tail, take_next, utc};

/// As a system of short names looks, without colours.
fn narrow() -> Look {
    Look::of(&[], false)
}

fn placed(data: &str) -> StoredEvent {
    StoredEvent {
        position: 7,
        event: NewEvent {
            event_type: "KettleBoiled".to_owned(),
            kind: "kettle".to_owned(),
            id: 3,
            version: 1,
            correlation: "tea-1".to_owned(),
            causation: "request-1".to_owned(),
            trace: String::new(),
            at: 951_782_400_123,
            data: data.to_owned(),
        },
    }
}

#[test]
fn times_are_written_as_rfc_3339_says() {
    for (at, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (1_630_389_599_999, "2021-08-31T05:59:59.999Z"),
        (1_735_603_200_000, "2024-12-31T00:00:00.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(utc(at), text);
    }
}

#[test]
fn a_line_for_people_says_when_who_what_whose_and_how() {
    let line = line::text(narrow(), "kitchen", &placed(r#"{"litres":1}"#));
    assert_eq!(
        line,
        r#"2000-02-29T00:00:00.123Z kitchen    KettleBoiled       tea-1 {"litres":1}"#
    );
}

#[test]
fn the_columns_are_as_wide_as_the_longest_names_of_the_system() {
    let look = Look::of(bidding::system().contexts(), false);
    let places = |context: &str, event_type: &str| {
        let mut stored = placed("{}");
        stored.event.event_type = event_type.to_owned();
        let line = line::text(look, context, &stored);
        (line.find("tea-1").unwrap(), line.find(event_type).unwrap())
    };
    assert_eq!(
        places("mypage", "SmsSent"),
        places("BiddingParticipation", "BiddingParticipationCanceled")
    );
}

#[test]
fn a_line_for_machines_is_one_json_object_with_the_data_in_it() {
    let line = line::json("kitchen", &placed(r#"{"litres":1}"#));
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read["data"]["litres"], 1);
    assert_eq!(read["correlation"], "tea-1");
    assert_eq!(read["position"], 7);
}

#[test]
fn long_data_is_cut_between_letters_for_people_only() {
    let data = format!(r#"{{"note":"{}"}}"#, "과".repeat(500));
    let line = line::text(narrow(), "kitchen", &placed(&data));
    assert!(line.ends_with('…'), "{line}");
    assert!(line::json("kitchen", &placed(&data)).contains(&"과".repeat(500)));
}

/// A log of one context, and who writes it.
fn log(folder: &Path, context: &'static str) -> (Box<dyn Writer>, Tail) {
    let opened = store_sql::sqlite::open(folder, context, store_sql::Durability::Relaxed).unwrap();
    let tail = Tail {
        context,
        reader: opened.reader,
        after: 0,
        ahead: std::collections::VecDeque::new(),
    };
    (opened.writer, tail)
}

fn tell(writer: &mut Box<dyn Writer>, causation: &str) {
    let mut changes = Changes::default();
    changes.events.push(NewEvent {
        causation: causation.to_owned(),
        ..placed("{}").event
    });
    writer.commit(&changes).unwrap();
}

#[test]
fn a_cause_comes_before_its_effect_also_within_a_millisecond_and_when_it_is_read_later() {
    let data = tempfile::tempdir().unwrap();
    // The effect's log comes first.
    let (mut table, table_tail) = log(data.path(), "table");
    let (mut kitchen, kitchen_tail) = log(data.path(), "kitchen");
    tell(&mut kitchen, "request-1");
    tell(&mut table, "kitchen-1");
    let mut tails = [table_tail, kitchen_tail];
    // Only the effect has been read yet.
    tails[0].fill().unwrap();
    let mut told = Vec::new();
    while let Some((context, stored)) = take_next(&mut tails).unwrap() {
        told.push((context, stored.position));
    }
    assert_eq!(told, [("kitchen", 1), ("table", 1)]);
}

#[test]
fn no_terminal_obeys_what_strangers_have_sent() {
    let mut stored = placed(r#"{"note":"\u009b2J"}"#);
    let hostile = "a\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\nb";
    stored.event.correlation = hostile.to_owned();
    stored.event.event_type = hostile.to_owned();
    let harmless = |line: &str| line.chars().all(|c| !c.is_control() && c != '\u{202e}');
    for data in [
        r#"{"note":"\u009b2J\u202e"}"#,
        hostile,
        "\"\u{9b}2J\u{202e}\"",
    ] {
        stored.event.data = data.to_owned();
        let line = line::text(narrow(), "kitchen", &stored);
        assert!(harmless(&line), "{line:?}");
        let line = line::json("kitchen", &stored);
        assert!(harmless(&line), "{line:?}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["correlation"], hostile);
    }
}
