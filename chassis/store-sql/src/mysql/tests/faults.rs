//! Servers that die, stand still or come back, and connections that are lost.

use super::*;

/// Tries until it is done; says what was said meanwhile.
fn until_done<T>(mut attempt: impl FnMut() -> Result<T, StoreError>) -> (T, Vec<StoreError>) {
    let start = Instant::now();
    let mut errors = Vec::new();
    loop {
        match attempt() {
            Ok(done) => return (done, errors),
            Err(error) => {
                assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
                assert!(start.elapsed() < DEADLINE, "{error}");
                errors.push(error);
                std::thread::yield_now();
            }
        }
    }
}

#[test]
fn a_server_that_was_started_anew_between_two_commits_is_found_again() {
    let Some(mut maria) = MariaDb::start() else {
        return;
    };
    let fresh = Fresh::on(&maria);
    let mut opened = fresh.open().unwrap();
    assert_eq!(opened.writer.commit(&told([1])), Ok(1));
    assert_eq!(opened.reader.head(), Ok(1));
    maria.kill();
    maria.start_again();
    // Both had a connection, which is made anew without a word.
    // Behind the new one may be another server, so what was remembered is looked at again.
    assert_eq!(opened.writer.take_turn(), Ok(Turn::Changed));
    assert_eq!(opened.writer.commit(&told([2])), Ok(2));
    assert_eq!(opened.writer.take_turn(), Ok(Turn::Unchanged));
    assert_eq!(log(opened.reader.as_ref()), Ok(vec![1, 2]));
}

#[test]
fn while_the_server_is_away_it_is_said_at_once_and_then_all_goes_on() {
    let Some(mut maria) = MariaDb::start() else {
        return;
    };
    let fresh = Fresh::on(&maria);
    let mut opened = fresh.open().unwrap();
    assert_eq!(opened.writer.take_turn(), Ok(Turn::Changed));
    maria.kill();
    let error = opened.writer.commit(&told([1])).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    let error = opened.reader.head().unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains(&fresh.server.port.to_string()));
    // Whoever asks again meanwhile knocks at no door.
    let errors: Vec<_> = (0..10_000)
        .map(|_| opened.reader.head().unwrap_err())
        .collect();
    assert_eq!(errors.len(), 10_000);

    maria.start_again();
    let (position, _) = until_done(|| opened.writer.commit(&told([2])));
    assert_eq!(position, 1);
    let (log, _) = until_done(|| log(opened.reader.as_ref()));
    assert_eq!(log, [2]);
}

#[test]
fn what_was_acknowledged_is_there_however_often_the_server_is_killed() {
    let Some(mut maria) = MariaDb::start() else {
        return;
    };
    let fresh = Fresh::on(&maria);
    let (writer, reader) = {
        let opened = fresh.open().unwrap();
        (opened.writer, opened.reader)
    };
    let stop = std::sync::atomic::AtomicBool::new(false);
    let acknowledged = std::thread::scope(|scope| {
        let stop = &stop;
        let at_work = scope.spawn(move || {
            let (mut writer, mut acknowledged) = (writer, Vec::new());
            for id in 1.. {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                if writer.commit(&told([id])).is_ok() {
                    acknowledged.push(id);
                }
            }
            acknowledged
        });
        for _ in 0..3 {
            let (head, _) = until_done(|| reader.head());
            // In the middle of things: a few commits later.
            until_done(|| {
                let now = reader.head()?;
                if now > head + 5 {
                    Ok(())
                } else {
                    Err(fresh_unavailable())
                }
            });
            maria.kill();
            maria.start_again();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        at_work.join().unwrap()
    });
    let (kept, _) = until_done(|| log(reader.as_ref()));
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|id| !kept.contains(id))
        .collect();
    assert_eq!(lost, [&0; 0]);
    assert!(kept.is_sorted(), "{kept:?}");
    assert!(acknowledged.len() >= 15, "{acknowledged:?}");
}

fn fresh_unavailable() -> StoreError {
    StoreError::Unavailable {
        place: String::new(),
        reason: "not yet".to_owned(),
    }
}

#[test]
fn a_connection_that_is_killed_in_a_turn_takes_the_turn_along() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    assert_eq!(opened.writer.commit(&told([1])), Ok(1));
    opened.writer.take_turn().unwrap();
    kill_all(&fresh);
    let error = opened.writer.commit(&told([2])).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    // What was remembered is looked at again.
    assert_eq!(opened.writer.take_turn(), Ok(Turn::Changed));
    assert_eq!(opened.writer.commit(&told([3])), Ok(2));
    assert_eq!(log(opened.reader.as_ref()), Ok(vec![1, 3]));
}

#[test]
fn connections_that_are_killed_between_two_questions_are_made_anew() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    assert_eq!(opened.writer.commit(&told([1])), Ok(1));
    assert_eq!(opened.reader.head(), Ok(1));
    kill_all(&fresh);
    assert_eq!(opened.reader.head(), Ok(1));
    assert_eq!(opened.writer.next_due(), Ok(None));
    kill_all(&fresh);
    assert_eq!(opened.writer.commit(&told([2])), Ok(2));
}

/// Ends all connections to this database.
fn kill_all(fresh: &Fresh) {
    let all = format!(
        "SELECT id FROM information_schema.processlist
         WHERE db = '{}' AND id <> connection_id()",
        fresh.server.database
    );
    for id in fresh.sql(&all).lines() {
        fresh.sql(&format!("KILL {id}"));
    }
    let start = Instant::now();
    while !fresh.sql(&all).trim().is_empty() {
        assert!(start.elapsed() < DEADLINE, "they live on");
    }
}

#[test]
fn a_server_that_stands_still_is_waited_for_as_long_as_a_statement_may_take() {
    let Some(mut maria) = MariaDb::start() else {
        return;
    };
    let mut fresh = Fresh::on(&maria);
    drop(fresh.open().unwrap());
    fresh.server.statement = SHORT;
    let mut opened = fresh.open().unwrap();
    assert_eq!(opened.reader.head(), Ok(0));
    let start = Instant::now();
    maria.pause();
    let error = opened.writer.commit(&told([1])).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(opened.reader.head().is_err());
    // Each has waited once, and neither for the end of what it gave up.
    assert!(start.elapsed() < DEADLINE);
    maria.resume();
    let (position, _) = until_done(|| opened.writer.commit(&told([2])));
    let (log, _) = until_done(|| log(opened.reader.as_ref()));
    assert_eq!(log.last(), Some(&2));
    assert!(position <= 2);
}
