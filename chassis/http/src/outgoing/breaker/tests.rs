use super::*;

/// A breaker and a clock that only moves when told to.
struct Rig {
    breaker: Breaker,
    now: Instant,
}

impl Rig {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            breaker: Breaker::new(BreakerSettings::default(), now),
            now,
        }
    }

    fn later(&mut self, millis: u64) -> &mut Self {
        self.now += Duration::from_millis(millis);
        self
    }

    fn enter(&mut self) -> Option<Pass> {
        self.breaker.enter(self.now)
    }

    fn call(&mut self, succeeds: bool) -> &mut Self {
        let pass = self.enter().expect("the breaker lets the call through");
        self.breaker.record(pass, succeeds, self.now);
        self
    }

    fn calls(&mut self, successes: u32, failures: u32) -> &mut Self {
        (0..successes).for_each(|_| drop(self.call(true)));
        (0..failures).for_each(|_| drop(self.call(false)));
        self
    }

    fn state(&self) -> BreakerState {
        self.breaker.state()
    }
}

fn drop(_: &mut Rig) {}

#[test]
fn it_opens_at_half_of_twenty_calls() {
    let mut rig = Rig::new();
    rig.calls(10, 9);
    assert_eq!(rig.state(), BreakerState::Closed);
    rig.call(false);
    assert_eq!(rig.state(), BreakerState::Open);
}

#[test]
fn below_twenty_calls_it_stays_closed_whatever_happens() {
    let mut rig = Rig::new();
    rig.calls(0, 19);
    assert_eq!(rig.state(), BreakerState::Closed);
}

#[test]
fn below_half_of_failures_it_stays_closed() {
    let mut rig = Rig::new();
    rig.calls(51, 49);
    assert_eq!(rig.state(), BreakerState::Closed);
}

#[test]
fn failures_older_than_the_window_are_forgotten() {
    let mut rig = Rig::new();
    rig.calls(0, 19).later(10_000).calls(0, 1);
    assert_eq!(rig.state(), BreakerState::Closed);
    rig.calls(0, 18);
    assert_eq!(rig.state(), BreakerState::Closed);
    rig.call(false);
    assert_eq!(rig.state(), BreakerState::Open);
}

#[test]
fn failures_within_the_window_add_up() {
    let mut rig = Rig::new();
    for _ in 0..10 {
        assert_eq!(rig.state(), BreakerState::Closed);
        rig.later(990).calls(0, 2);
    }
    assert_eq!(rig.state(), BreakerState::Open);
}

#[test]
fn open_it_lets_nothing_through_for_five_seconds_then_one_call() {
    let mut rig = Rig::new();
    rig.calls(0, 20);
    assert_eq!(rig.later(4_999).enter(), None);
    assert!(rig.later(1).enter().is_some());
    assert_eq!(rig.state(), BreakerState::HalfOpen);
    assert_eq!(rig.enter(), None);
    assert_eq!(rig.later(60_000).enter(), None);
}

#[test]
fn a_trial_that_succeeds_closes_it_and_forgets_the_failures() {
    let mut rig = Rig::new();
    rig.calls(0, 20).later(5_000).call(true);
    assert_eq!(rig.state(), BreakerState::Closed);
    rig.calls(0, 19);
    assert_eq!(rig.state(), BreakerState::Closed);
}

#[test]
fn a_trial_that_fails_opens_it_for_another_five_seconds() {
    let mut rig = Rig::new();
    rig.calls(0, 20).later(5_000).call(false);
    assert_eq!(rig.state(), BreakerState::Open);
    assert_eq!(rig.later(4_999).enter(), None);
    rig.later(1).call(true);
    assert_eq!(rig.state(), BreakerState::Closed);
}

#[test]
fn a_trial_whose_caller_has_gone_is_free_for_the_next() {
    let mut rig = Rig::new();
    rig.calls(0, 20).later(5_000);
    let pass = rig.enter().unwrap();
    rig.breaker.abandon(pass, rig.now);
    rig.call(true);
    assert_eq!(rig.state(), BreakerState::Closed);
}

#[test]
fn a_call_that_began_before_the_breaker_opened_says_nothing_about_the_trial() {
    let mut rig = Rig::new();
    let (slow, other) = (rig.enter().unwrap(), rig.enter().unwrap());
    rig.calls(0, 20).later(5_000);
    let trial = rig.enter().unwrap();
    rig.breaker.record(slow, true, rig.now);
    rig.breaker.abandon(other, rig.now);
    assert_eq!(rig.state(), BreakerState::HalfOpen);
    rig.breaker.record(trial, false, rig.now);
    assert_eq!(rig.state(), BreakerState::Open);
}

#[test]
fn a_window_that_has_been_round_many_times_counts_only_its_last() {
    let mut rig = Rig::new();
    rig.calls(0, 10).later(10_000_000).calls(0, 10);
    assert_eq!(rig.state(), BreakerState::Closed);
}

#[test]
fn it_is_out_of_service_after_three_failures_over_half_a_minute_and_no_success() {
    let mut rig = Rig::new();
    rig.call(false).later(31_000);
    assert!(!rig.breaker.is_out_of_service(rig.now), "one is no outage");
    rig.call(false).call(false);
    assert!(rig.breaker.is_out_of_service(rig.now));
    rig.call(true);
    assert!(!rig.breaker.is_out_of_service(rig.now));
    rig.calls(0, 5).later(29_999);
    assert!(
        !rig.breaker.is_out_of_service(rig.now),
        "it may be a restart"
    );
    rig.later(1);
    assert!(rig.breaker.is_out_of_service(rig.now));
}
