use http::Response;

use super::*;

/// Says as which request it was reached.
struct Echo;

impl Endpoint for Echo {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        let mut response = Response::new(Body::full(request.uri().to_string()));
        *response.headers_mut() = request.headers().clone();
        Box::pin(async move { response })
    }
}

async fn behind(
    target: &str,
    peer: Option<[u8; 4]>,
    headers: &[(&str, &str)],
) -> (String, Vec<(String, String)>) {
    let mut request = Request::builder().uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::Empty).unwrap();
    if let Some(peer) = peer {
        request
            .extensions_mut()
            .insert(SocketAddr::from((peer, 4711)));
    }
    let response = Edge::new(TrustedProxies::default(), Arc::new(Echo))
        .handle(request)
        .await;
    let told = response.headers().iter();
    let told = told.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let told = told.collect();
    let target = response.into_body().whole(1 << 10).await.unwrap();
    (String::from_utf8(target.to_vec()).unwrap(), told)
}

const SAID: [(&str, &str); 7] = [
    ("host", "shop.example"),
    ("x-forwarded-for", "10.0.0.1"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-port", "81"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-prefix", "/evil"),
    ("forwarded", "host=evil.example"),
];

#[tokio::test]
async fn what_a_stranger_says_of_its_way_goes_no_further() {
    let (_, told) = behind("/orders", Some([192, 0, 2, 7]), &SAID).await;
    assert_eq!(told, [("host".to_owned(), "shop.example".to_owned())]);
}

#[tokio::test]
async fn a_trusted_proxy_and_this_process_are_believed() {
    for peer in [Some([127, 0, 0, 1]), None] {
        let (_, told) = behind("/orders", peer, &SAID).await;
        assert_eq!(told.len(), SAID.len(), "{told:?}");
    }
}

#[tokio::test]
async fn prefixes_of_several_proxies_become_one() {
    let said = [
        ("x-forwarded-prefix", "/town, /shops/"),
        ("x-forwarded-prefix", "/fruit"),
    ];
    let (_, told) = behind("/orders", Some([127, 0, 0, 1]), &said).await;
    let whole = (
        "x-forwarded-prefix".to_owned(),
        "/town/shops/fruit".to_owned(),
    );
    assert_eq!(told, [whole]);
}

#[tokio::test]
async fn a_whole_address_as_the_target_is_a_path_of_that_host() {
    for (target, path) in [
        ("http://door.example:81/orders?page=1", "/orders?page=1"),
        ("http://door.example:81", "/"),
    ] {
        let (seen, told) = behind(target, None, &[("host", "other.example")]).await;
        assert_eq!(seen, path);
        assert_eq!(told, [("host".to_owned(), "door.example:81".to_owned())]);
    }
}
