use std::sync::atomic::{AtomicUsize, Ordering};

use http_api::Limits;
use tokio::net::TcpListener;

use super::*;

fn away(reason: &str) -> StoreError {
    StoreError::Unavailable {
        place: "the cellar".to_owned(),
        reason: reason.to_owned(),
    }
}

/// The answers one after the other, and how many attempts there were.
fn answering(
    answers: Vec<Result<u8, StoreError>>,
) -> (
    impl Fn() -> Result<u8, StoreError> + Send + Sync + 'static,
    Arc<AtomicUsize>,
) {
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let once = move || answers[counted.fetch_add(1, Ordering::SeqCst)].clone();
    (once, attempts)
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for_and_the_entrance_opens_meanwhile() {
    let entrance = Entrance::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stopped_at_once = std::future::ready(());
    let serving = entrance
        .door()
        .serve(listener, Limits::default(), stopped_at_once);
    let serving = tokio::spawn(serving);
    let (once, attempts) = answering(vec![Err(away("closed")), Err(away("slow")), Ok(7)]);
    let found = awaited("cups", &entrance, once).await.unwrap();
    assert_eq!((found, attempts.load(Ordering::SeqCst)), (Ok(7), 3));
    assert_eq!(serving.await.unwrap(), 0, "requests were answered");
}

#[tokio::test]
async fn what_waiting_does_not_mend_is_an_error_at_once() {
    let entrance = Entrance::default();
    let newer = StoreError::Newer {
        place: "the cellar".to_owned(),
        found: 9,
        known: 1,
    };
    let (once, attempts) = answering(vec![Err(newer.clone()), Ok(7)]);
    let found = awaited("cups", &entrance, once).await.unwrap();
    assert_eq!((found, attempts.load(Ordering::SeqCst)), (Err(newer), 1));
}
