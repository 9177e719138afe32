use http_body_util::BodyExt as _;

use super::*;

async fn all(body: Sent) -> Vec<u8> {
    body.collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test]
async fn what_was_read_by_one_attempt_is_there_for_the_next() {
    let kept = Kept::new(Body::full("order 7"));
    let mut first = kept.attempt();
    assert_eq!(http_body::Body::size_hint(&first).exact(), Some(7));
    assert!(first.frame().await.is_some());
    assert!(kept.is_whole());
    let second = kept.attempt();
    assert_eq!(http_body::Body::size_hint(&second).exact(), Some(7));
    assert_eq!(all(second).await, b"order 7");
}

#[tokio::test]
async fn an_attempt_that_is_over_reads_nothing_more() {
    let kept = Kept::new(Body::full("order 7"));
    let mut first = kept.attempt();
    let second = kept.attempt();
    assert!(first.frame().await.unwrap().is_err());
    assert_eq!(all(second).await, b"order 7");
}

#[tokio::test]
async fn a_body_is_whole_before_and_after_it_is_read() {
    let kept = Kept::new(Body::full("order 7"));
    drop(kept.attempt());
    assert!(kept.is_whole());
    assert_eq!(all(kept.attempt()).await, b"order 7");
    assert!(kept.is_whole());
    assert_eq!(all(kept.attempt()).await, b"order 7");
}

#[tokio::test]
async fn what_is_long_is_sent_and_not_kept() {
    let long = vec![7; LONGEST + 1];
    let kept = Kept::new(Body::full(long.clone()));
    assert_eq!(all(kept.attempt()).await, long);
    assert!(!kept.is_whole());
}

#[tokio::test]
async fn nothing_can_be_sent_any_number_of_times() {
    let kept = Kept::new(Body::Empty);
    for _ in 0..2 {
        let attempt = kept.attempt();
        assert!(http_body::Body::is_end_stream(&attempt));
        assert_eq!(all(attempt).await, b"");
        assert!(kept.is_whole());
    }
}
