//! What is known when no answer came: nothing was done, it may have been done, or nobody has answered
//! for a long time. And who is let out to ask at all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_api::{
    Answering, Body, BreakerSettings, BreakerState, Caller, CallerSettings, Endpoint, InProcess,
    OverHttp, Transport,
};
use runtime::{Asking, Outgoing};
use storm::{Answer, Silence};
use tokio::io::AsyncReadExt;

use crate::office::{Office, caller, in_process, over_http, question};

async fn silence(caller: &Caller) -> Silence {
    match caller.ask(question()).await {
        Answer::Silence(silence) => silence,
        answer => panic!("expected silence, got {answer:?}"),
    }
}

#[tokio::test]
async fn a_failure_leaves_it_open_unless_it_says_that_nothing_was_done() {
    const NOT_DONE: &str = r#"{"code":"overloaded","outcome":"not-done"}"#;
    const UNKNOWN: &str = r#"{"code":"store-unavailable","outcome":"unknown"}"#;
    for (status, body, known) in [
        (503, NOT_DONE, Silence::NotDone),
        (507, NOT_DONE, Silence::NotDone),
        (503, UNKNOWN, Silence::InDoubt),
        (503, "", Silence::InDoubt),
        (500, "{}", Silence::InDoubt),
        (504, "no JSON", Silence::InDoubt),
        (302, "", Silence::InDoubt),
        // It has said yes, and nobody knows to what.
        (200, "no JSON", Silence::InDoubt),
        // Whoever lets nobody in, or gives up reading, has done nothing.
        (408, "{}", Silence::NotDone),
        (429, "{}", Silence::NotDone),
    ] {
        let office = Office::answering(status, body);
        let caller = caller(in_process(&office));
        assert_eq!(silence(&caller).await, known, "{status} {body}");
    }
}

#[tokio::test]
async fn whoever_cannot_be_reached_has_done_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let other: Arc<dyn Transport> = Arc::new(OverHttp::new([("other", "http://x")]).unwrap());
    let gone = in_process(&Office::answering(200, "{}"));
    for nobody in [over_http(dead), other, gone] {
        assert_eq!(silence(&caller(nobody)).await, Silence::NotDone);
    }
}

#[tokio::test]
async fn whoever_took_the_request_and_hung_up_may_have_done_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 64];
            let _ = stream.read(&mut head).await;
        }
    });
    let caller = caller(over_http(address));
    assert_eq!(silence(&caller).await, Silence::InDoubt);
}

#[tokio::test]
async fn whoever_has_not_answered_for_long_is_out_of_service_until_it_answers() {
    let transport = InProcess::new();
    let settings = CallerSettings {
        breaker: BreakerSettings {
            volume: 3,
            sleep: Duration::ZERO,
            outage: Duration::from_nanos(1),
            ..BreakerSettings::default()
        },
        ..CallerSettings::default()
    };
    let caller = Caller::new("kitchen", Arc::new(transport.clone()), settings);
    for known in [
        Silence::NotDone,
        Silence::NotDone,
        Silence::OutOfService,
        Silence::OutOfService,
    ] {
        assert_eq!(silence(&caller).await, known);
    }
    let well = Office::answering(200, "{}");
    transport.add("permits", &(Arc::clone(&well) as Arc<dyn Endpoint>));
    assert!(matches!(caller.ask(question()).await, Answer::Yes(_)));
    drop(well);
    assert_eq!(silence(&caller).await, Silence::NotDone);
}

/// Takes its time, and says yes.
struct Steady;

impl Endpoint for Steady {
    fn handle(&self, _: Request<Body>) -> Answering<'_> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Response::new(Body::full("{}"))
        })
    }
}

fn steady(settings: CallerSettings) -> (Arc<dyn Endpoint>, Arc<Caller>) {
    let steady: Arc<dyn Endpoint> = Arc::new(Steady);
    let transport = InProcess::new();
    transport.add("permits", &steady);
    (
        steady,
        Caller::new("kitchen", Arc::new(transport), settings),
    )
}

async fn all_at_once(caller: &Arc<Caller>, calls: usize) -> Vec<Answer> {
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            let caller = Arc::clone(caller);
            tokio::spawn(async move { caller.ask(question()).await })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

#[tokio::test(start_paused = true)]
async fn a_burst_waits_for_its_turn_and_nobody_is_refused() {
    let (_steady, caller) = steady(CallerSettings::default());
    let answers = all_at_once(&caller, 2_200).await;
    let yes = |answer: &&Answer| matches!(answer, Answer::Yes(_));
    assert_eq!(answers.iter().filter(yes).count(), 2_200);
}

#[tokio::test(start_paused = true)]
async fn whoever_finds_no_slot_in_time_is_rejected_and_the_breaker_stays_closed() {
    let settings = CallerSettings {
        at_once: 1,
        wait: Duration::from_millis(50),
        ..CallerSettings::default()
    };
    let (_steady, caller) = steady(settings);
    let answers = all_at_once(&caller, 200).await;
    let rejected = Answer::Silence(Silence::NotDone);
    let rejected = answers.iter().filter(|answer| **answer == rejected).count();
    assert_eq!(rejected, 197, "one goes at once, two more within 50 ms");
    assert_eq!(caller.breakers(), [("permits", BreakerState::Closed)]);
    assert!(matches!(caller.ask(question()).await, Answer::Yes(_)));
}

#[tokio::test(start_paused = true)]
async fn a_question_has_a_deadline_and_a_breaker_of_its_own() {
    let patient = CallerSettings {
        deadline: Duration::from_millis(30),
        ..CallerSettings::default()
    };
    let hasty = CallerSettings {
        deadline: Duration::from_millis(10),
        breaker: BreakerSettings {
            volume: 1,
            ..BreakerSettings::default()
        },
        ..CallerSettings::default()
    };
    let steady: Arc<dyn Endpoint> = Arc::new(Steady);
    let transport = InProcess::new();
    transport.add("permits", &steady);
    let of_questions = BTreeMap::from([("ask_hastily", hasty)]);
    let caller = Caller::with("kitchen", Arc::new(transport), patient, of_questions);
    let hastily = || Asking {
        name: "ask_hastily",
        ..question()
    };
    let silence = |known| Answer::Silence(known);
    assert_eq!(caller.ask(hastily()).await, silence(Silence::InDoubt));
    assert_eq!(caller.ask(hastily()).await, silence(Silence::NotDone));
    assert!(matches!(caller.ask(question()).await, Answer::Yes(_)));
    // The worst of them is shown.
    assert_eq!(caller.breakers(), [("permits", BreakerState::Open)]);
}
