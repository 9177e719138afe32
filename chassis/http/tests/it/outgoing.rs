//! Awaited calls: in process and over HTTP, to those who are slow, refuse, or are dead.

use std::sync::Arc;
use std::time::Duration;

use http_api::{
    ApiSettings, BreakerSettings, BreakerState, Caller, CallerSettings, Endpoint, InProcess,
    Limits, OverHttp, Transport,
};
use runtime::Outgoing;
use serde_json::{Value, json};
use storm::{Answer, RefusalKind, Silence};

use crate::app::{App, Served};
use crate::office::{Office, caller, in_process, over_http, question};

#[tokio::test]
async fn a_question_carries_its_story_and_its_answer_comes_back() {
    let office = Office::answering(201, r#"{"permit":7}"#);
    let served = Served::start(Arc::clone(&office) as _, Limits::default()).await;
    for transport in [in_process(&office), over_http(served.address)] {
        let answer = caller(transport).ask(question()).await;
        assert_eq!(answer, Answer::Yes(json!({"permit": 7})));
        let (what, headers, body) = office.last.lock().unwrap().clone();
        assert_eq!(what, "POST /permits");
        assert_eq!(body, json!({"name": "blue"}));
        for (name, value) in [
            ("x-correlation-id", "story-1"),
            ("x-request-id", "r-1"),
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("traceparent", &question().trail.trace),
        ] {
            assert_eq!(headers[name], value);
        }
    }
}

#[tokio::test]
async fn a_prefix_of_an_address_is_kept() {
    let office = Office::answering(204, "");
    let served = Served::start(Arc::clone(&office) as _, Limits::default()).await;
    let transport = over_http(format!("{}/town/", served.address));
    assert_eq!(
        caller(transport).ask(question()).await,
        Answer::Yes(Value::Null)
    );
    assert_eq!(office.last.lock().unwrap().0, "POST /town/permits");
}

#[tokio::test]
async fn a_no_keeps_its_code_its_reason_and_its_field() {
    let problem = r#"{"status":422,"code":"too-hot","detail":"Too hot.","detail_ko":"뜨겁습니다.","field":"litres"}"#;
    let office = Office::answering(422, problem);
    let Answer::No(refusal) = caller(in_process(&office)).ask(question()).await else {
        panic!("expected a no");
    };
    assert_eq!(refusal.kind, RefusalKind::Invalid);
    assert_eq!(refusal.code, "too-hot");
    assert_eq!(refusal.reason, "Too hot.");
    assert_eq!(refusal.reason_ko.as_deref(), Some("뜨겁습니다."));
    assert_eq!(refusal.field.as_deref(), Some("litres"));
}

#[tokio::test]
async fn a_no_of_the_originals_is_understood() {
    for (status, kind) in [
        (400, RefusalKind::Unreadable),
        (404, RefusalKind::NotFound),
        (409, RefusalKind::Conflict),
        (403, RefusalKind::Conflict),
    ] {
        let office = Office::answering(status, r#"{"status":1,"message":"No message available"}"#);
        let Answer::No(refusal) = caller(in_process(&office)).ask(question()).await else {
            panic!("expected a no");
        };
        assert_eq!(refusal.kind, kind);
        assert_eq!(refusal.reason, "No message available");
        assert_eq!(refusal.code, "refused-by-permits");
    }
    let office = Office::answering(409, "no JSON at all");
    assert!(matches!(
        caller(in_process(&office)).ask(question()).await,
        Answer::No(_)
    ));
}

#[tokio::test]
async fn who_takes_longer_than_the_deadline_is_silent() {
    let office = Office::never();
    let served = Served::start(Arc::clone(&office) as _, Limits::default()).await;
    for transport in [in_process(&office), over_http(served.address)] {
        let settings = CallerSettings {
            deadline: Duration::from_millis(20),
            ..CallerSettings::default()
        };
        let caller = Caller::new("kitchen", transport, settings);
        let silence = Answer::Silence(Silence::InDoubt);
        assert_eq!(caller.ask(question()).await, silence);
    }
}

/// Opens at the second failure.
fn touchy(transport: Arc<dyn Transport>, sleep: Duration) -> Arc<Caller> {
    let settings = CallerSettings {
        breaker: BreakerSettings {
            volume: 2,
            sleep,
            ..BreakerSettings::default()
        },
        ..CallerSettings::default()
    };
    Caller::new("kitchen", transport, settings)
}

#[tokio::test]
async fn an_open_breaker_asks_nobody() {
    let office = Office::answering(500, "");
    let caller = touchy(in_process(&office), Duration::from_secs(3_600));
    for call in 0..10 {
        // Who has failed may have done it; who is not asked has not.
        let known = [Silence::InDoubt, Silence::NotDone][usize::from(call >= 2)];
        assert_eq!(caller.ask(question()).await, Answer::Silence(known));
    }
    assert_eq!(office.asked(), 2);
    assert_eq!(caller.breakers(), [("permits", BreakerState::Open)]);
}

#[tokio::test]
async fn a_breaker_that_has_slept_tries_once_and_closes() {
    let (broken, mended) = (Office::answering(500, ""), Office::answering(200, "{}"));
    let transport = InProcess::new();
    transport.add("permits", &(Arc::clone(&broken) as Arc<dyn Endpoint>));
    let caller = touchy(Arc::new(transport.clone()), Duration::ZERO);
    for _ in 0..3 {
        caller.ask(question()).await;
    }
    assert_eq!(caller.breakers(), [("permits", BreakerState::Open)]);
    transport.add("permits", &(Arc::clone(&mended) as Arc<dyn Endpoint>));
    assert_eq!(caller.ask(question()).await, Answer::Yes(json!({})));
    assert_eq!(caller.breakers(), [("permits", BreakerState::Closed)]);
}

#[tokio::test]
async fn a_no_is_a_success_to_the_breaker() {
    let office = Office::answering(409, "{}");
    let caller = touchy(in_process(&office), Duration::from_secs(3_600));
    for _ in 0..10 {
        assert!(matches!(caller.ask(question()).await, Answer::No(_)));
    }
    assert_eq!(caller.breakers(), [("permits", BreakerState::Closed)]);
}

#[tokio::test]
async fn a_bulkhead_lets_no_more_calls_out_than_it_holds() {
    let office = Office::never();
    let settings = CallerSettings {
        at_once: 1,
        deadline: Duration::from_secs(60),
        wait: Duration::from_millis(1),
        ..CallerSettings::default()
    };
    let caller = Caller::new("kitchen", in_process(&office), settings);
    let waiting = tokio::spawn({
        let caller = Arc::clone(&caller);
        async move { caller.ask(question()).await }
    });
    while office.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let rejected = Answer::Silence(Silence::NotDone);
    assert_eq!(caller.ask(question()).await, rejected);
    assert_eq!(office.asked(), 1);
    office.gate.as_ref().unwrap().notify_one();
    assert_eq!(waiting.await.unwrap(), Answer::Yes(json!({})));
}

#[tokio::test]
async fn a_trial_given_up_by_its_caller_does_not_keep_the_breaker_shut() {
    let (broken, slow) = (Office::answering(500, ""), Office::never());
    let transport = InProcess::new();
    transport.add("permits", &(Arc::clone(&broken) as Arc<dyn Endpoint>));
    let caller = touchy(Arc::new(transport.clone()), Duration::ZERO);
    for _ in 0..2 {
        caller.ask(question()).await;
    }
    transport.add("permits", &(Arc::clone(&slow) as Arc<dyn Endpoint>));
    let trial = tokio::spawn({
        let caller = Arc::clone(&caller);
        async move { caller.ask(question()).await }
    });
    while slow.asked() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(caller.breakers(), [("permits", BreakerState::HalfOpen)]);
    trial.abort();
    assert!(trial.await.unwrap_err().is_cancelled());
    slow.gate.as_ref().unwrap().notify_one();
    assert_eq!(caller.ask(question()).await, Answer::Yes(json!({})));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_with_its_context() {
    for wrong in [
        "payment:8080",
        "https://payment",
        "http://",
        "",
        "http://a/?b=c",
    ] {
        let error = OverHttp::new([("payment", wrong)]).err().unwrap();
        assert!(error.to_string().contains("`payment`"), "{error}");
    }
}

fn kitchen_asking(office: &Arc<Office>) -> App {
    App::with(ApiSettings {
        caller: Some(touchy(in_process(office), Duration::from_secs(3_600))),
        ..ApiSettings::default()
    })
}

const PERMIT: &str = r#"{"name":"permit-1","litres":1}"#;

#[tokio::test]
async fn a_command_that_must_ask_is_done_when_the_answer_is_yes() {
    let office = Office::answering(201, "{}");
    let app = kitchen_asking(&office);
    let bought = app.post("/kettles", PERMIT).await;
    assert_eq!(bought.status, 201, "{}", bought.text);
    let (_, headers, _) = office.last.lock().unwrap().clone();
    assert_eq!(
        headers["x-correlation-id"],
        bought.headers["x-correlation-id"]
    );
    assert_eq!(headers["x-request-id"], bought.headers["x-request-id"]);
    app.buy("plain", 1).await;
    assert_eq!(office.asked(), 1);
}

#[tokio::test]
async fn a_no_of_another_context_is_handed_on_in_both_languages() {
    let problem = r#"{"code":"too-hot","detail":"Too hot.","detail_ko":"뜨겁습니다."}"#;
    let office = Office::answering(409, problem);
    let app = kitchen_asking(&office);
    let refused = app.post("/kettles", PERMIT).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.json()["code"], "too-hot");
    assert_eq!(refused.json()["detail"], "Too hot.");
    assert_eq!(refused.json()["detail_ko"], "뜨겁습니다.");
    assert_eq!(app.get("/kettles").await.json()["page"]["totalElements"], 0);
}

#[tokio::test]
async fn silence_and_an_open_breaker_invite_to_try_again() {
    let office = Office::answering(500, "");
    let app = kitchen_asking(&office);
    for call in 0..5 {
        let refused = app.post("/kettles", PERMIT).await;
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header("retry-after"), Some("5"));
        let (code, outcome) = if call < 2 {
            ("unanswered", "unknown")
        } else {
            ("try-again-shortly", "not-done")
        };
        assert_eq!(refused.json()["code"], code);
        assert_eq!(refused.json()["outcome"], outcome);
    }
    assert_eq!(office.asked(), 2);
    let health = app.get("/actuator/health").await;
    assert_eq!(health.status, 200);
    assert_eq!(
        health.json()["components"]["breakers"]["details"]["permits"],
        "open"
    );
    let metrics = app.get("/actuator/prometheus").await.text;
    assert!(metrics.contains(
        r#"jumun_breaker_state{from="kitchen",to="permits",question="ask_for_a_permit"} 2"#
    ));
    assert!(
        metrics.contains(r#"outcome="short-circuited"} 3"#),
        "{metrics}"
    );
    assert_eq!(app.get("/kettles").await.json()["page"]["totalElements"], 0);
}
