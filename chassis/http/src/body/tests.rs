use std::collections::VecDeque;

use super::*;

/// A body in pieces.
struct Pieces(VecDeque<&'static [u8]>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let piece = self.0.pop_front();
        Poll::Ready(piece.map(|piece| Ok(Frame::data(Bytes::from_static(piece)))))
    }
}

fn pieces(pieces: &[&'static [u8]]) -> Body {
    Body::Streamed(Box::pin(Pieces(pieces.iter().copied().collect())))
}

#[tokio::test]
async fn pieces_are_put_together() {
    for cut in [vec![], vec![&b"abc"[..]], vec![&b"a"[..], b"", b"bc", b"d"]] {
        let expected = cut.concat();
        assert_eq!(pieces(&cut).whole(4).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_body_longer_than_its_limit_is_refused_however_it_comes() {
    for body in [
        Body::full("abcde"),
        pieces(&[b"abcde"]),
        pieces(&[b"abc", b"de"]),
    ] {
        assert!(matches!(
            body.whole(4).await,
            Err(BodyError::TooLarge { limit: 4 })
        ));
    }
}

#[test]
fn a_body_of_no_bytes_is_empty() {
    assert!(matches!(Body::full(""), Body::Empty));
    let body = Body::full("ab");
    assert_eq!(http_body::Body::size_hint(&body).exact(), Some(2));
    assert!(!http_body::Body::is_end_stream(&body));
}
