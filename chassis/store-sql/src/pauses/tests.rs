use super::*;

fn away(reason: &str) -> StoreError {
    StoreError::Unavailable {
        place: "server".to_owned(),
        reason: reason.to_owned(),
    }
}

/// Tries as soon as it may after `now`, and fails at once; says when.
fn fail_next(pauses: &Pauses, mut now: Instant) -> Instant {
    while pauses.enter(now).is_err() {
        now += Duration::from_millis(10);
    }
    pauses.failed(&away("gone"), now, now);
    now
}

#[test]
fn pauses_grow_to_two_seconds_and_begin_anew_after_a_success() {
    let pauses = Pauses::default();
    let mut last = fail_next(&pauses, Instant::now());
    let lengths: Vec<_> = (0..8)
        .map(|_| {
            let now = fail_next(&pauses, last);
            let length = (now - last).as_millis();
            last = now;
            length
        })
        .collect();
    assert_eq!(lengths, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
    *pauses.lately() = None;
    last = fail_next(&pauses, last);
    assert_eq!((fail_next(&pauses, last) - last).as_millis(), 50);
}

#[test]
fn several_who_tried_at_once_failed_once() {
    let (pauses, began) = (Pauses::default(), Instant::now());
    for _ in 0..5 {
        assert_eq!(pauses.enter(began), Ok(()));
    }
    let failed = began + Duration::from_millis(1);
    for _ in 0..5 {
        pauses.failed(&away("gone"), began, failed);
    }
    assert_eq!(pauses.enter(failed), Err(away("gone")));
    assert_eq!(pauses.enter(failed + FIRST), Ok(()));
}

#[test]
fn while_one_tries_the_others_are_told_what_was_said_last_but_not_for_ever() {
    let pauses = Pauses::default();
    let began = fail_next(&pauses, Instant::now()) + FIRST;
    assert_eq!(pauses.enter(began), Ok(()));
    assert_eq!(pauses.enter(began + FIRST), Err(away("gone")));
    assert_eq!(pauses.enter(began + LONGEST), Ok(()));
}

#[test]
fn an_attempt_that_succeeds_lets_everybody_in() {
    let pauses = Pauses::default();
    assert_eq!(
        pauses.attempt::<()>(|| Err(away("gone"))),
        Err(away("gone"))
    );
    while pauses.attempt(|| Ok(())).is_err() {
        std::thread::yield_now();
    }
    let during = pauses.attempt(|| Ok(pauses.attempt(|| Ok(()))));
    assert_eq!(during, Ok(Ok(())));
}
