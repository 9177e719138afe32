use std::collections::BTreeSet;

use http::header::{ACCEPT, CONTENT_TYPE, HOST, LOCATION};
use http::{Method, Request, Response, StatusCode};
use http_api::Body;
use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::toy;

/// Two systems whose contexts are called alike, behind one front.
struct Street {
    front: Front,
    up: Vec<Up>,
    _data: TempDir,
}

impl Street {
    async fn open() -> Self {
        let data = TempDir::new().unwrap();
        let mut configuration = Configuration::default();
        configuration.data = data.path().to_path_buf();
        let token = token(&configuration).unwrap();
        let coffee = System::new("coffeehouse", "coffee", &[7_188]);
        let contexts = toy::system().into_contexts().into_iter();
        let mode = Mode {
            chaos: false,
            listen: true,
        };
        let mut up = Vec::new();
        for system in [toy::system(), contexts.fold(coffee, System::context)] {
            let opened = open(&system, &configuration, &Patience::Fails);
            let opened = opened.await.unwrap();
            let started = start(system, opened, &configuration, mode, &token);
            up.push(started.await.unwrap());
        }
        let doors = up
            .iter()
            .map(|s| (s.name.to_owned(), Arc::clone(&s.gateway)));
        Self {
            front: Front::new(doors.collect()),
            up,
            _data: data,
        }
    }

    async fn close(self) {
        for system in &self.up {
            system.stop().await;
        }
    }

    /// As a proxy at `outside` hands it on, or, without a prefix, as a client asks.
    async fn send(&self, method: Method, path: &str, outside: &Outside) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path);
        request = request
            .header(HOST, "127.0.0.1:8088")
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in outside.told {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::full("{}")).unwrap();
        self.front.handle(request).await
    }

    async fn text(&self, path: &str, outside: &Outside) -> (StatusCode, String) {
        let (head, body) = self.send(Method::GET, path, outside).await.into_parts();
        let body = body.whole(1 << 20).await.unwrap();
        (head.status, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// Where clients think that the front is, and the headers that say so.
struct Outside {
    front: &'static str,
    told: &'static [(&'static str, &'static str)],
}

const DIRECT: Outside = Outside {
    front: "http://127.0.0.1:8088",
    told: &[],
};

const BEHIND_A_PROXY: Outside = Outside {
    front: "https://all.example/shops",
    told: &[
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "all.example"),
        ("x-forwarded-prefix", "/shops"),
    ],
};

/// All addresses in a document, without what is to be filled in.
fn addresses(document: &Value, found: &mut Vec<String>) {
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(href) if name == "href" => {
                        let plain = href.split('{').next().unwrap_or(href);
                        found.push(plain.to_owned());
                    }
                    _ => addresses(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| addresses(item, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_follows_links_from_the_front_reaches_all_and_never_leaves_its_system() {
    let street = Street::open().await;
    for outside in [DIRECT, BEHIND_A_PROXY] {
        for number in 0..2 {
            let made = street
                .send(Method::POST, "/coffeehouse/kettles", &outside)
                .await;
            assert_eq!(made.status(), StatusCode::CREATED);
            let place = made.headers().get(LOCATION).unwrap().to_str().unwrap();
            let begin = format!("{}/coffeehouse/kettles/", outside.front);
            assert!(place.starts_with(&begin), "{number}: {place}");
        }
        let mut open = vec![
            format!("{}/", outside.front),
            format!("{}/coffeehouse/kettles?size=1", outside.front),
        ];
        let mut seen = BTreeSet::new();
        while let Some(address) = open.pop() {
            if !seen.insert(address.clone()) || address.contains("/search/") {
                continue;
            }
            let path = address.strip_prefix(outside.front).expect(&address);
            let (status, text) = street.text(path, &outside).await;
            assert_eq!(status, StatusCode::OK, "{address}: {text}");
            let document: Value = serde_json::from_str(&text).unwrap();
            let mut found = Vec::new();
            addresses(&document, &mut found);
            let system = path.split('/').nth(1).unwrap();
            for href in &found {
                let under = format!("{}/{system}", outside.front);
                assert!(href.starts_with(&under), "{href} on {address}");
            }
            open.extend(found);
        }
        for reached in [
            "/teahouse/",
            "/teahouse/kettles",
            "/coffeehouse/cups",
            "/coffeehouse/kettles/1",
            "/coffeehouse/kettles?page=1&size=1",
            "/coffeehouse/profile/kettles",
            "/teahouse/teas/search",
        ] {
            let whole = format!("{}{reached}", outside.front);
            assert!(seen.contains(&whole), "{whole} is not among {seen:#?}");
        }
    }
    street.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contexts_that_are_called_alike_are_kept_apart_on_every_page_of_the_process() {
    let street = Street::open().await;
    street.text("/teahouse/kettles", &DIRECT).await;
    street.text("/coffeehouse/kettles", &DIRECT).await;

    let (_, metrics) = street.text("/actuator/prometheus", &DIRECT).await;
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    let series: Vec<&str> = samples
        .filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series))
        .collect();
    let different: BTreeSet<&str> = series.iter().copied().collect();
    assert_eq!(different.len(), series.len(), "{metrics}");
    for system in ["teahouse", "coffeehouse"] {
        let asked = format!(
            r#"jumun_http_requests_total{{system="{system}",context="kitchen",method="GET",route="/kettles",status="2xx"}} 1"#
        );
        assert!(metrics.contains(&asked), "{asked}\n{metrics}");
    }

    let (status, health) = street.text("/actuator/health", &DIRECT).await;
    assert_eq!(status, StatusCode::OK, "{health}");
    let health: Value = serde_json::from_str(&health).unwrap();
    for system in ["teahouse", "coffeehouse"] {
        let of_system = &health["components"][system]["components"];
        assert_eq!(of_system["table"]["status"], "UP");
        let lag = &of_system["table"]["components"]["bus"]["details"]["lag"];
        assert!(lag["kitchen"].is_u64(), "{lag}");
    }
    street.close().await;
}
