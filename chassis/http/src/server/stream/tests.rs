use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);
const JUST_IN_TIME: Duration = Duration::from_millis(9_999);

fn pipe() -> (Stream<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
    let (server, client) = tokio::io::duplex(64);
    let activity = Arc::new(Activity::new(Instant::now()));
    (Stream::new(server, activity, DEADLINE), client)
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_bytes_for_the_deadline_is_given_up() {
    let (mut server, _client) = pipe();
    let began = Instant::now();
    let error = server.write_all(&[0; 65]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(began.elapsed(), DEADLINE);
    assert!(server.activity.is_stalled(DEADLINE));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_a_little_now_and_then_is_served() {
    let (mut server, mut client) = pipe();
    let began = Instant::now();
    let reading = tokio::spawn(async move {
        for _ in 0..20 {
            tokio::time::sleep(JUST_IN_TIME).await;
            client.read_exact(&mut [0; 16]).await.unwrap();
        }
        client
    });
    server.write_all(&[0; 64 + 20 * 16]).await.unwrap();
    assert!(began.elapsed() > 15 * DEADLINE);
    assert!(!server.activity.is_stalled(Duration::from_millis(2)));
    let _client = reading.await.unwrap();
    // And only then does its patience run out.
    let error = server.write_all(&[0; 1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}
