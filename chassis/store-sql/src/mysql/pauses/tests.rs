use std::thread;

use super::*;

fn away(reason: &str) -> StoreError {
    StoreError::Unavailable {
        place: "server".to_owned(),
        reason: reason.to_owned(),
    }
}

/// Tries until it may, and says how long it may not again.
fn fail_once(pauses: &Pauses) -> Duration {
    loop {
        let mut tried = false;
        let _ = pauses.attempt::<()>(|| {
            tried = true;
            Err(away("gone"))
        });
        if tried {
            break;
        }
        thread::yield_now();
    }
    let state = pauses.0.lock().unwrap();
    state.as_ref().unwrap().pause
}

#[test]
fn pauses_grow_and_begin_anew_after_a_success() {
    let pauses = Pauses::default();
    let lengths: Vec<_> = (0..3).map(|_| fail_once(&pauses).as_millis()).collect();
    assert_eq!(lengths, [50, 100, 200]);
    while pauses.attempt(|| Ok(())).is_err() {
        thread::yield_now();
    }
    assert_eq!(fail_once(&pauses), FIRST);
}

#[test]
fn no_pause_is_longer_than_the_longest() {
    let pauses = Pauses::default();
    *pauses.0.lock().unwrap() = Some(Away {
        pause: LONGEST,
        next: Some(Instant::now()),
        why: away("gone"),
    });
    assert_eq!(fail_once(&pauses), LONGEST);
}

#[test]
fn while_one_tries_the_others_are_told_what_was_said_last() {
    let pauses = Pauses::default();
    fail_once(&pauses);
    let mut meanwhile = None;
    while meanwhile.is_none() {
        let _ = pauses.attempt(|| {
            meanwhile = Some(pauses.attempt(|| Ok(())));
            Ok(())
        });
    }
    assert_eq!(meanwhile, Some(Err(away("gone"))));
}
