use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// What is made of a neighbour that answers so.
async fn of_one_that_answers(answer: &'static str) -> Option<Millis> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let read = stream.read(&mut request).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        request.truncate(read);
        String::from_utf8(request).unwrap()
    });
    let neighbours = OverHttp::new(&[("order", address)]).unwrap();
    let until = neighbours.published_until("order").await;
    let request = answering.await.unwrap();
    assert!(request.starts_with("GET /actuator/outbox "), "{request}");
    until
}

#[tokio::test]
async fn a_context_of_ours_says_up_to_when_all_is_published() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"until\":4711}";
    assert_eq!(of_one_that_answers(answer).await, Some(4_711));
}

#[tokio::test]
async fn an_original_does_not_and_is_given_two_minutes() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let before = now();
    let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}";
    let until = of_one_that_answers(answer).await.unwrap();
    let until = Duration::from_millis(until.try_into().unwrap()) + Duration::from_secs(120);
    // Counted in whole milliseconds.
    assert!(until <= now() && until + Duration::from_millis(1) >= before);
}

#[tokio::test]
async fn who_is_in_trouble_is_asked_again() {
    let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(of_one_that_answers(answer).await, None);
}
