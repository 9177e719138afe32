//! What consumers, deadlines and repeated requests keep.

use storm::store::{
    Changes, Cursor, ParkedEvent, Position, StoredAnswer, StoredDeadline, StoredEvent, Wanted,
};

use super::{StoreUnderTest, added, event};

pub fn cursors_are_kept_with_the_effect(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let at = |producer: &str, position| Cursor {
        producer: producer.to_owned(),
        position,
    };
    let to = |order, payment| vec![("payment".to_owned(), payment), ("order".to_owned(), order)];
    for (order, payment) in [(1, 4), (2, 9)] {
        let mut changes = added("delivery", [order]);
        changes.cursors = to(order, payment);
        opened.writer.commit(&changes).unwrap();
    }
    // The effect was there already: the commit fails, and the cursor stays where it was.
    let mut again = added("delivery", [2]);
    again.cursors = to(3, 10);
    assert!(opened.writer.commit(&again).is_err());
    assert_eq!(
        opened.reader.cursors(),
        Ok(vec![at("order", 2), at("payment", 9)])
    );
}

fn parked(producer: &str, position: Position, attempts: u32) -> ParkedEvent {
    ParkedEvent {
        producer: producer.to_owned(),
        stored: StoredEvent {
            position,
            event: event(position),
        },
        attempts,
        retry_at: (attempts < 3).then_some(i64::from(attempts) * 1_000),
        reason: format!("no payment {position} yet"),
    }
}

pub fn parked_events_come_back_by_producer_and_position(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let park = |parked: &[ParkedEvent], unparked: &[(&str, Position)]| Changes {
        parked: parked.to_vec(),
        unparked: unparked
            .iter()
            .map(|(producer, position)| ((*producer).to_owned(), *position))
            .collect(),
        ..Changes::default()
    };
    let successor = ParkedEvent {
        attempts: 0,
        reason: String::new(),
        ..parked("payment", 12, 0)
    };
    let all = [
        parked("payment", 10, 1),
        successor.clone(),
        parked("order", 11, 1),
        parked("payment", 2, 3),
    ];
    opened.writer.commit(&park(&all, &[])).unwrap();
    assert_eq!(
        store.open().reader.parked(),
        Ok(vec![
            parked("order", 11, 1),
            parked("payment", 2, 3),
            parked("payment", 10, 1),
            successor.clone(),
        ])
    );

    let next = [parked("payment", 10, 2), parked("order", 11, 2)];
    let gone = [("payment", 2), ("order", 11), ("order", 99)];
    opened.writer.commit(&park(&next, &gone)).unwrap();
    assert_eq!(
        opened.reader.parked(),
        Ok(vec![
            parked("order", 11, 2),
            parked("payment", 10, 2),
            successor
        ])
    );
}

pub fn answers_are_kept_until_they_are_forgotten(store: &impl StoreUnderTest) {
    let answer = |key: &str, expires| StoredAnswer {
        key: key.to_owned(),
        fingerprint: i64::MIN,
        id: 3,
        version: 2,
        correlation: "story".to_owned(),
        state: r#"{"qty":2}"#.to_owned(),
        expires,
    };
    let mut opened = store.open();
    let changes = Changes {
        answers: vec![answer("a", 10), answer("b", 20), answer("c", 30)],
        ..Changes::default()
    };
    opened.writer.commit(&changes).unwrap();
    assert_eq!(opened.reader.answer("a"), Ok(Some(answer("a", 10))));
    assert_eq!(opened.reader.answer("d"), Ok(None));
    let wanted = Wanted {
        answers: ["c", "d", "a", "c"].map(str::to_owned).to_vec(),
        ..Wanted::default()
    };
    let mut loaded = opened.writer.load(&wanted).unwrap();
    loaded.answers.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(loaded.answers, [answer("a", 10), answer("c", 30)]);
    assert_eq!(loaded.records, []);

    let later = Changes {
        forget_answers_before: Some(20),
        answers: vec![answer("c", 40)],
        ..Changes::default()
    };
    opened.writer.commit(&later).unwrap();
    assert_eq!(opened.reader.answer("a"), Ok(None));
    assert_eq!(opened.reader.answer("b"), Ok(Some(answer("b", 20))));
    assert_eq!(opened.reader.answer("c"), Ok(Some(answer("c", 40))));
}

fn deadline(id: i64, name: &str, due: i64) -> StoredDeadline {
    StoredDeadline {
        kind: "payment".to_owned(),
        id,
        name: name.to_owned(),
        due,
    }
}

pub fn deadlines_come_soonest_first(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    assert_eq!(opened.writer.next_due(), Ok(None));
    assert_eq!(opened.writer.due(i64::MAX, 10), Ok(vec![]));
    let changes = Changes {
        deadlines_started: vec![
            deadline(1, "void", 300),
            deadline(2, "void", 100),
            deadline(2, "remind", 200),
            deadline(3, "void", 400),
        ],
        ..Changes::default()
    };
    opened.writer.commit(&changes).unwrap();
    let mut again = store.open();
    assert_eq!(again.reader.deadlines(), Ok(4));
    assert_eq!(again.writer.next_due(), Ok(Some(100)));
    assert_eq!(again.writer.due(99, 10), Ok(vec![]));
    let soonest = [
        deadline(2, "void", 100),
        deadline(2, "remind", 200),
        deadline(1, "void", 300),
    ];
    assert_eq!(again.writer.due(300, 10), Ok(soonest.to_vec()));
    assert_eq!(again.writer.due(300, 2), Ok(soonest[..2].to_vec()));
}

pub fn a_deadline_started_anew_runs_once_and_an_ended_one_not_at_all(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let changes = |started: &[StoredDeadline], ended: &[(i64, &str)]| Changes {
        deadlines_started: started.to_vec(),
        deadlines_ended: ended
            .iter()
            .map(|(id, name)| ("payment".to_owned(), *id, (*name).to_owned()))
            .collect(),
        ..Changes::default()
    };
    let first = [
        deadline(1, "void", 100),
        deadline(1, "remind", 100),
        deadline(2, "void", 100),
    ];
    opened.writer.commit(&changes(&first, &[])).unwrap();
    // Ended and begun in one commit is begun.
    let then = [deadline(1, "void", 900), deadline(2, "void", 50)];
    let ended = [(1, "remind"), (2, "void"), (9, "void")];
    opened.writer.commit(&changes(&then, &ended)).unwrap();
    assert_eq!(opened.reader.deadlines(), Ok(2));
    assert_eq!(
        opened.writer.due(1_000, 10),
        Ok(vec![deadline(2, "void", 50), deadline(1, "void", 900)])
    );
}
