//! Notices posted to an address.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use http_api::BreakerSettings;
use notifiers::{Url, Webhook};
use runtime::{NotSent, Notifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::provider::{Does, Provider};
use crate::{AMPLE, expected, notice, until};

/// So short that it is soon over, where nobody answers.
const SHORT: Duration = Duration::from_millis(300);

fn url(address: impl std::fmt::Display) -> Url {
    format!("http://{address}/bells?key=secret")
        .parse()
        .unwrap()
}

fn webhook(address: impl std::fmt::Display) -> Webhook {
    Webhook::new(url(address), AMPLE)
}

#[tokio::test]
async fn a_notice_is_posted_with_its_key_and_its_story() {
    let provider = Provider::always(Does::Answer(202));
    let address = provider.serve().await;
    assert_eq!(webhook(address).send(&notice(1)).await, Ok(()));
    provider.look(|got| {
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].what, "POST /bells?key=secret");
        assert_eq!(got[0].body, expected(1));
        for (name, value) in [
            ("host", address.to_string()),
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", "town/bells-1".to_owned()),
            ("x-correlation-id", "story-1".to_owned()),
            ("traceparent", notice(1).trace),
        ] {
            assert_eq!(got[0].headers[name], value, "{name}");
        }
    });
}

#[tokio::test]
async fn an_answer_says_whether_to_try_again() {
    let for_sure = [301, 408, 425, 429, 500, 501, 503];
    let refused = [400, 401, 404, 409, 410, 422];
    let perhaps = [502, 504];
    for status in for_sure.into_iter().chain(refused).chain(perhaps) {
        let provider = Provider::always(Does::Answer(status));
        let outcome = webhook(provider.serve().await).send(&notice(1)).await;
        let as_expected = match &outcome {
            Err(NotSent::ForSure { .. }) => for_sure.contains(&status),
            Err(NotSent::Refused { .. }) => refused.contains(&status),
            Err(NotSent::Perhaps { .. }) => perhaps.contains(&status),
            Ok(()) => false,
        };
        assert!(as_expected, "{status}: {outcome:?}");
        let reason = outcome.unwrap_err().to_string();
        assert!(reason.contains(&status.to_string()), "{reason}");
        for hidden in ["secret", "rope"] {
            assert!(!reason.contains(hidden), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_late_answer_leaves_it_open_whether_it_was_sent() {
    let provider = Provider::always(Does::Hang);
    let address = provider.serve().await;
    let webhook = Webhook::new(url(address), SHORT);
    let outcome = webhook.send(&notice(1)).await;
    let Err(NotSent::Perhaps { reason }) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains("did not answer within 300ms"), "{reason}");
    until("it is heard", || async { provider.requests() == 1 }).await;
}

#[tokio::test]
async fn who_does_not_take_connections_has_not_got_it() {
    let address = {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        gone.local_addr().unwrap()
    };
    for host in [address.to_string(), "no-such-host.invalid".to_owned()] {
        let outcome = webhook(&host).send(&notice(1)).await;
        let Err(NotSent::ForSure { reason }) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(reason.contains(&host), "{reason}");
        assert!(reason.contains("could not be reached"), "{reason}");
    }
}

#[tokio::test]
async fn who_breaks_off_may_have_got_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for answer in ["", "HTTP/1.1 200", "nonsense\r\n\r\n"] {
        let breaking_off = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = [0; 16];
            stream.read_exact(&mut some).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let hook = webhook(address);
        let notice = notice(1);
        let (outcome, ()) = tokio::join!(hook.send(&notice), breaking_off);
        assert!(
            matches!(outcome, Err(NotSent::Perhaps { .. })),
            "{answer:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_yes_is_a_yes_though_its_body_never_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for (status, sent) in [("200 OK", true), ("422 No", false)] {
        let endless = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = [0; 16];
            stream.read_exact(&mut some).await.unwrap();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 9\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream
        };
        let hook = webhook(address);
        let notice = notice(1);
        let (outcome, _stream) = tokio::join!(hook.send(&notice), endless);
        match outcome {
            Ok(()) => assert!(sent, "{status}"),
            Err(NotSent::Refused { .. }) => assert!(!sent, "{status}"),
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn too_many_failures_leave_the_provider_alone_until_a_trial_goes_well() {
    let status = Arc::new(AtomicU16::new(500));
    let now = Arc::clone(&status);
    let provider = Provider::new(move || Does::Answer(now.load(Ordering::SeqCst)));
    let url = url(provider.serve().await);
    let impatient = |sleep| BreakerSettings {
        volume: 3,
        sleep,
        ..BreakerSettings::default()
    };
    let hook = Webhook::guarded(url.clone(), AMPLE, impatient(AMPLE));
    for number in 1..=5 {
        let outcome = hook.send(&notice(number)).await;
        assert!(
            matches!(outcome, Err(NotSent::ForSure { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(provider.requests(), 3, "the rest was answered at once");
    let reason = hook.send(&notice(6)).await.unwrap_err().to_string();
    assert!(
        reason.contains("left alone") && reason.contains("500"),
        "{reason}"
    );

    let hook = Webhook::guarded(url, AMPLE, impatient(Duration::from_millis(5)));
    for number in 1..=3 {
        assert!(hook.send(&notice(number)).await.is_err());
    }
    status.store(200, Ordering::SeqCst);
    until("a trial", || async { hook.send(&notice(4)).await.is_ok() }).await;
    for number in 5..=8 {
        assert_eq!(hook.send(&notice(number)).await, Ok(()));
    }
}

#[tokio::test]
async fn a_no_does_not_open_the_breaker() {
    let provider = Provider::always(Does::Answer(422));
    let hook = webhook(provider.serve().await);
    for number in 1..=30 {
        let outcome = hook.send(&notice(number)).await;
        assert!(
            matches!(outcome, Err(NotSent::Refused { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(provider.requests(), 30);
}

#[tokio::test]
async fn an_attempt_that_is_given_up_frees_the_trial() {
    let first = AtomicBool::new(true);
    let provider = Provider::new(move || {
        if first.swap(false, Ordering::SeqCst) {
            Does::Answer(500)
        } else {
            Does::Hang
        }
    });
    let url = url(provider.serve().await);
    let breaker = BreakerSettings {
        volume: 1,
        sleep: Duration::ZERO,
        ..BreakerSettings::default()
    };
    let hook = Webhook::guarded(url, AMPLE, breaker);
    // Opens it; from now on each attempt is a trial.
    assert!(hook.send(&notice(1)).await.is_err());
    for number in 2..=3 {
        let notice = notice(number);
        let mut attempt = hook.send(&notice);
        let before = provider.requests();
        tokio::select! {
            outcome = &mut attempt => panic!("{outcome:?}"),
            () = until("it is heard", || async { provider.requests() > before }) => {}
        }
    }
}

#[tokio::test]
async fn whether_an_address_resolves_is_known_beforehand() {
    assert!(url("127.0.0.1:9").resolves().await.is_ok());
    assert!(url("[::1]:9").resolves().await.is_ok());
    assert!(url("no-such-host.invalid").resolves().await.is_err());
}
