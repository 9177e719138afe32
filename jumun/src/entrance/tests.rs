use super::*;

async fn asked(door: &Door, path: &str) -> Response<Body> {
    let request = Request::builder().uri(path).body(Body::Empty).unwrap();
    door.handle(request).await
}

struct Cook;

impl Endpoint for Cook {
    fn handle(&self, _: Request<Body>) -> Answering<'_> {
        Box::pin(async { Response::new(Body::full("soup")) })
    }
}

#[tokio::test]
async fn a_door_that_leads_nowhere_yet_lives_and_is_not_ready_and_takes_nothing() {
    let door = Entrance::default().door();
    for (path, status) in [
        ("/actuator/health/liveness", 200),
        ("/actuator/health/readiness", 503),
        ("/actuator/health", 503),
        ("/fruitstore/actuator/health/readiness", 503),
        ("/orders", 503),
    ] {
        let response = asked(&door, path).await;
        assert_eq!(response.status(), status, "{path}");
        assert!(
            response.headers().contains_key(LEAVING),
            "{path}: who balances is to go elsewhere"
        );
    }
    let refused = asked(&door, "/orders").await;
    assert_eq!(refused.headers()["retry-after"], "5");
}

#[tokio::test]
async fn a_door_that_leads_to_somebody_adds_nothing() {
    let door = Entrance::default().door();
    door.leads_to(Arc::new(Cook));
    let response = asked(&door, "/actuator/health/readiness").await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().is_empty());
    let body = response.into_body().whole(100).await.unwrap();
    assert_eq!(&body[..], b"soup");
}
