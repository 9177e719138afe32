//! Whatever a client sends: an answer that is no failure of ours, and no change unless it says so
//! (I8).

use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_api::{Body, Endpoint};
use proptest::prelude::*;

use crate::app::App;

fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS",
        1 => "[A-Z]{1,8}",
    ]
}

fn target() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        "kettles|boilings|allBoilings|search|findByName|findByLitres|profile|boil|actuator|health",
        "[0-9]{1,20}",
        "[a-zA-Z0-9._~;,=:@+-]{0,6}",
        "(%[0-9a-fA-F]{2}){1,3}",
    ];
    let known = "/(kettles|boilings)(/(search(/findBy(Name|Litres))?|1|2(/boil)?))?";
    let made_up = proptest::collection::vec(segment, 0..5)
        .prop_map(|segments| format!("/{}", segments.join("/")));
    let path = prop_oneof![2 => known.prop_map(|path| path), 1 => made_up];
    let query = prop_oneof![
        Just(String::new()),
        "\\?(page|size|sort|name|litres)=[a-zA-Z0-9%,&=+-]{0,12}",
        "\\?[a-zA-Z0-9%&=+/?;-]{0,20}",
    ];
    (path, query).prop_map(|(path, query)| format!("{path}{query}"))
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = prop_oneof![
        "accept|content-type|if-match|if-none-match|idempotency-key|accept-language|host",
        "forwarded|x-forwarded-(host|proto|port|prefix)|x-correlation-id|x-request-id|traceparent",
        "authorization|content-length|[a-z-]{1,12}",
    ];
    let value = prop_oneof![
        "[ -~]{0,40}".prop_map(String::into_bytes),
        "application/(hal\\+|merge-patch\\+|json-patch\\+)?json".prop_map(String::into_bytes),
        "(W/)?\"[0-9*a-z]{0,20}\"".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    let kind = prop_oneof![
        3 => Just("application/json"),
        1 => Just("application/json-patch+json"),
        1 => Just("text/plain"),
    ];
    let kind = kind.prop_map(|kind| ("content-type".to_owned(), kind.as_bytes().to_vec()));
    let others = proptest::collection::vec((name, value), 0..4);
    (kind, others).prop_map(|(kind, others)| [vec![kind], others].concat())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = "null|true|-?[0-9]{1,25}(\\.[0-9]{1,5})?(e[0-9]{1,4})?|\"[ !#-\\[\\]-~]{0,10}\"|\\[\\]|\\{\\}";
    let object = ("[a-z]{1,3}", value, "(name|litres|note|id)", value).prop_map(
        |(name, litres, field, other)| {
            format!("{{\"name\":\"{name}\",\"litres\":{litres},\"{field}\":{other}}}").into_bytes()
        },
    );
    let patch = (
        "add|remove|replace|copy|move|test",
        "(/[a-z0-9~]{0,7}){0,3}",
        value,
    )
        .prop_map(|(op, path, value)| {
            format!(
                "[{{\"op\":\"{op}\",\"path\":\"{path}\",\"from\":\"/name\",\"value\":{value}}}]"
            )
            .into_bytes()
        });
    prop_oneof![
        1 => Just(Vec::new()),
        4 => object,
        2 => patch,
        1 => proptest::collection::vec(any::<u8>(), 0..60),
    ]
}

/// `None` when it could not have come over a wire.
fn request(
    method: &str,
    target: &str,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
) -> Option<Request<Body>> {
    let mut request = Request::new(Body::full(body));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = target.parse::<Uri>().ok()?;
    for (name, value) in headers {
        let name = HeaderName::try_from(name).ok()?;
        let value = HeaderValue::from_bytes(&value).ok()?;
        request.headers_mut().append(name, value);
    }
    Some(request)
}

async fn sends(app: &App, request: Request<Body>) -> Result<(), TestCaseError> {
    let what = format!("{} {}", request.method(), request.uri());
    let events = || app.store.open().reader.head().unwrap();
    let before = events();
    let response = app.api.handle(request).await;
    let status = response.status();
    prop_assert!(!status.is_server_error(), "{what}: {status}");
    prop_assert!(response.headers().contains_key("x-request-id"), "{what}");
    if !status.is_success() {
        prop_assert_eq!(events(), before, "{} said {}", what, status);
    }
    let kind = response.headers().get("content-type").cloned();
    let body = response.into_body().whole(1_000_000).await.unwrap();
    let json = kind.is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")));
    if json && !body.is_empty() {
        let read = serde_json::from_slice::<serde_json::Value>(&body);
        prop_assert!(read.is_ok(), "{what}: {body:?}");
    }
    Ok(())
}

#[test]
fn whatever_is_sent_is_no_failure_of_ours() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = runtime.block_on(async {
        let app = App::new();
        app.buy("blue", 2).await;
        app
    });
    let config = ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let strategy = (method(), target(), headers(), body());
    proptest::test_runner::TestRunner::new(config)
        .run(&strategy, |(method, target, headers, body)| {
            match request(&method, &target, headers, body) {
                Some(request) => runtime.block_on(sends(&app, request)),
                None => Ok(()),
            }
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
