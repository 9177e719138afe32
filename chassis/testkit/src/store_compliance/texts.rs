//! What people, programs and other systems write, however odd or long it is.

use storm::Id;
use storm::store::{
    Changed, Changes, NewEvent, ParkedEvent, Record, StoredAnswer, StoredEvent, Wanted,
};

use super::{StoreUnderTest, added, event, key, new, record, told};

/// Characters that one database or another keeps for itself.
const ODD: &str =
    "\0 \u{1}0\u{1} \\ \\0 ' '' \" ` % _ ; -- \n\r\t\u{1a}\u{7f} 서울 🍎 \u{fffd}\u{10ffff}";

fn odd_event() -> NewEvent {
    NewEvent {
        correlation: ODD.to_owned(),
        causation: ODD.to_owned(),
        trace: ODD.to_owned(),
        data: ODD.to_owned(),
        ..event(1)
    }
}

pub fn every_table_keeps_every_character(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let odd = Record {
        correlation: ODD.to_owned(),
        state: ODD.to_owned(),
        ..record("order", 1)
    };
    let answer = StoredAnswer {
        key: ODD.to_owned(),
        fingerprint: 1,
        id: 1,
        version: 1,
        correlation: ODD.to_owned(),
        state: ODD.to_owned(),
        expires: 1,
    };
    let parked = ParkedEvent {
        producer: "payment".to_owned(),
        stored: StoredEvent {
            position: 7,
            event: odd_event(),
        },
        attempts: 1,
        retry_at: None,
        reason: ODD.to_owned(),
    };
    let no = key("order", "no", ODD);
    let changes = Changes {
        records: vec![new(odd.clone())],
        keys_added: vec![(no.clone(), 1)],
        events: vec![odd_event()],
        parked: vec![parked.clone()],
        answers: vec![answer.clone()],
        ..Changes::default()
    };
    opened.writer.commit(&changes).unwrap();

    let reader = opened.reader.as_ref();
    assert_eq!(reader.record("order", 1), Ok(Some(odd.clone())));
    assert_eq!(reader.by_key(&no), Ok(vec![odd.clone()]));
    assert_eq!(reader.events_after(0, 9).unwrap()[0].event, odd_event());
    assert_eq!(reader.parked(), Ok(vec![parked]));
    assert_eq!(reader.answer(ODD), Ok(Some(answer.clone())));
    let wanted = Wanted {
        keys: vec![no.clone()],
        answers: vec![ODD.to_owned()],
        ..Wanted::default()
    };
    let loaded = opened.writer.load(&wanted).unwrap();
    assert_eq!(loaded.records, [odd]);
    assert_eq!(loaded.keys, [(no, vec![1])]);
    assert_eq!(loaded.answers, [answer]);
}

pub fn a_long_idempotency_key_is_a_key_like_any_other(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    // They differ at their ends only, and nothing in them repeats itself.
    let parts: Vec<String> = (0..2_000).map(|n| format!("{:x}", n * 7_919)).collect();
    let long = parts.concat();
    let answer = |end: &str, id: Id| StoredAnswer {
        key: format!("{long}{end}"),
        fingerprint: id,
        id,
        version: 1,
        correlation: "story".to_owned(),
        state: "{}".to_owned(),
        expires: 10,
    };
    let keep = |answers: &[StoredAnswer]| Changes {
        answers: answers.to_vec(),
        ..Changes::default()
    };
    let both = [answer("a", 1), answer("b", 2)];
    opened.writer.commit(&keep(&both)).unwrap();
    for answer in both {
        let found = opened.reader.answer(&answer.key);
        assert_eq!(found, Ok(Some(answer)));
    }
    let anew = answer("a", 3);
    opened
        .writer
        .commit(&keep(std::slice::from_ref(&anew)))
        .unwrap();
    let wanted = Wanted {
        answers: vec![anew.key.clone()],
        ..Wanted::default()
    };
    assert_eq!(opened.writer.load(&wanted).unwrap().answers, [anew]);
}

pub fn a_batch_may_be_large(store: &impl StoreUnderTest) {
    const MANY: Id = 3_000;
    let mut opened = store.open();
    let mut changes = added("order", 1..=MANY);
    changes.events = told(1..=MANY).events;
    changes.keys_added = (1..=MANY).map(|id| (key("order", "no", id), id)).collect();
    changes.records[0].record.state = "사과".repeat(400_000);
    assert_eq!(opened.writer.commit(&changes), Ok(MANY));

    let wanted = Wanted {
        records: (1..=MANY).map(|id| ("order".to_owned(), id)).collect(),
        keys: (1..=MANY).map(|id| key("order", "no", id)).collect(),
        ..Wanted::default()
    };
    let mut loaded = opened.writer.load(&wanted).unwrap();
    loaded.records.sort_by_key(|record| record.id);
    let kept: Vec<Record> = changes
        .records
        .iter()
        .map(|one| one.record.clone())
        .collect();
    assert!(loaded.records == kept, "not all came back as they went");
    assert_eq!(loaded.keys.len(), kept.len());
    assert_eq!(
        opened.reader.events_after(0, usize::MAX).unwrap().len(),
        kept.len()
    );

    let again = Changes {
        records: kept
            .into_iter()
            .map(|record| Changed {
                loaded: record.version,
                record: Record {
                    version: record.version + 1,
                    ..record
                },
            })
            .collect(),
        ..Changes::default()
    };
    opened.writer.commit(&again).unwrap();
    let last = opened.reader.record("order", MANY).unwrap().unwrap();
    assert_eq!(last.version, 2);
}
