use super::*;

fn at(last: u8) -> At {
    At::new(0, SocketAddr::from(([10, 0, 0, last], 8080)))
}

fn of(count: u8) -> Roster {
    let mut roster = Roster::default();
    let all: Vec<At> = (1..=count).map(at).collect();
    roster.are(&all);
    roster
}

fn next(roster: &mut Roster, now: Instant) -> Way {
    roster.pick(now, &Tried::default()).expect("an address")
}

/// Sends so many requests, each answered before the next, and says where they went.
fn asked(roster: &mut Roster, count: usize, now: Instant) -> Vec<At> {
    let one = |_| {
        let way = next(roster, now);
        roster.answered(&way);
        way.at
    };
    (0..count).map(one).collect()
}

#[test]
fn each_address_has_its_turn() {
    let now = Instant::now();
    let order = [at(1), at(2), at(3), at(1), at(2), at(3)];
    assert_eq!(asked(&mut of(3), 6, now), order);
}

#[test]
fn one_that_is_busy_is_spared() {
    let (mut roster, now) = (of(2), Instant::now());
    let slow = next(&mut roster, now);
    assert_eq!(slow.at, at(1));
    assert_eq!(asked(&mut roster, 3, now), [at(2); 3]);
    roster.answered(&slow);
    assert!(asked(&mut roster, 2, now).contains(&at(1)));
}

#[test]
fn one_that_refuses_is_left_out_for_pauses_that_grow_to_a_limit() {
    let (mut roster, mut now) = (of(2), Instant::now());
    let mut pauses = Vec::new();
    for _ in 0..9 {
        let refusing = loop {
            let way = next(&mut roster, now);
            if way.at == at(1) {
                break way;
            }
            roster.answered(&way);
        };
        assert!(roster.refused(&refusing, now));
        let began = now;
        while asked(&mut roster, 2, now) == [at(2); 2] {
            now += Duration::from_millis(50);
            if roster.replicas[0].is_out(now) {
                continue;
            }
            pauses.push(now - began);
            break;
        }
    }
    let seconds: Vec<f32> = pauses.iter().map(Duration::as_secs_f32).collect();
    assert_eq!(seconds, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]);
}

#[test]
fn of_many_refused_at_once_one_counts() {
    let (mut roster, now) = (of(1), Instant::now());
    let ways: Vec<Way> = (0..10).map(|_| next(&mut roster, now)).collect();
    for way in &ways {
        roster.refused(way, now);
    }
    assert!(!roster.replicas[0].is_out(now + FIRST_PAUSE));
}

#[test]
fn after_its_pause_it_gets_one_request_and_after_an_answer_its_share() {
    let (mut roster, now) = (of(2), Instant::now());
    let refused = next(&mut roster, now);
    roster.refused(&refused, now);
    let later = now + FIRST_PAUSE;
    let trial = next(&mut roster, later);
    let meanwhile = next(&mut roster, later);
    let third = next(&mut roster, later);
    let trials = [&trial, &meanwhile, &third].map(|way| way.at == at(1));
    assert_eq!(trials.iter().filter(|trial| **trial).count(), 1);
    for way in [trial, meanwhile, third] {
        assert!(!roster.answered(&way));
    }
    assert!(asked(&mut roster, 2, later).contains(&at(1)));
}

#[test]
fn when_all_are_left_out_they_are_asked_all_the_same() {
    let (mut roster, now) = (of(2), Instant::now());
    for _ in 0..2 {
        let way = next(&mut roster, now);
        roster.refused(&way, now);
    }
    let both = [next(&mut roster, now).at, next(&mut roster, now).at];
    assert!(both.contains(&at(1)) && both.contains(&at(2)));
}

#[test]
fn a_request_does_not_go_twice_to_one_that_refused_it() {
    let (mut roster, now) = (of(2), Instant::now());
    let mut tried = Tried::default();
    for _ in 0..2 {
        let way = roster.pick(now, &tried).expect("another one");
        roster.refused(&way, now);
        tried.refused(way.at);
    }
    assert!(roster.pick(now, &tried).is_none());
}

#[test]
fn one_that_takes_requests_and_does_not_answer_is_left_out_at_the_third() {
    let (mut roster, now) = (of(1), Instant::now());
    for left_out in [false, false, true] {
        let way = next(&mut roster, now);
        assert_eq!(roster.failed(&way, now), left_out);
    }
    let (mut roster, now) = (of(1), Instant::now());
    for _ in 0..10 {
        let way = next(&mut roster, now);
        assert!(!roster.failed(&way, now));
        asked(&mut roster, 1, now);
    }
}

#[test]
fn one_that_leaves_is_left_alone_and_asked_again_a_second_later() {
    let (mut roster, now) = (of(2), Instant::now());
    let way = next(&mut roster, now);
    assert!(roster.leaves(&way, now));
    assert_eq!(asked(&mut roster, 4, now), [at(2); 4]);
    assert!(asked(&mut roster, 2, now + LEAVING).contains(&at(1)));
}

#[test]
fn those_that_stay_stand_as_they_stood_and_those_that_go_are_told() {
    let (mut roster, now) = (of(2), Instant::now());
    let (kept, gone) = (next(&mut roster, now), next(&mut roster, now));
    roster.refused(&kept, now);
    assert_eq!(roster.are(&[at(1), at(3)]), [at(2)]);
    assert!(!roster.answered(&gone));
    assert_eq!(asked(&mut roster, 4, now), [at(3); 4]);
}
