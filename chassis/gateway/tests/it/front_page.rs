//! What the front of several systems tells of them.

use std::sync::Arc;

use gateway::{Backend, Front, Gateway, Upstream};
use http::{Method, Response, StatusCode};
use http_api::{Body, Endpoint};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::stage::{Answer, LONG, backend, door_of, get, listen, remote, request, send, toy};

/// A context that tells this of itself.
fn telling(name: &str, collections: &[&str], told: &Value) -> Backend {
    let told = told.clone();
    let upstream = toy(move |_| {
        let mut response = Response::new(Body::full(told.to_string()));
        if told["status"] != "UP" {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response
    });
    backend(name, collections, Upstream::Here(upstream))
}

fn well(lag: &Value) -> Value {
    json!({
        "status": "UP",
        "components": {
            "store": {"status": "UP"},
            "bus": {"status": "UP", "details": {"lag": lag}},
            "breakers": {"status": "UP", "details": {"till": "closed"}},
            "notifiers": {"status": "UP", "details": {"file": {"status": "UP", "waiting": 0}}},
            "deadLetters": {"status": "UP", "details": {"count": 0}},
        }
    })
}

const TEAHOUSE: &str =
    "# HELP tea Cups.\n# TYPE tea counter\ntea_total{system=\"teahouse\"} 7\n# EOF\n";
const BAKERY: &str =
    "# HELP tea Cups.\n# TYPE tea counter\ntea_total{system=\"bakery\"} 1\n# EOF\n";

fn front(teahouse: Vec<Backend>, bakery: Vec<Backend>) -> Front {
    let named = |name: &str, gateway: Gateway| (name.to_owned(), Arc::new(gateway));
    Front::new(vec![
        named("teahouse", door_of("teahouse", TEAHOUSE, teahouse)),
        named("bakery", door_of("bakery", BAKERY, bakery)),
    ])
}

fn all_well() -> Front {
    front(
        vec![
            telling("kitchen", &["kettles"], &well(&json!({}))),
            telling(
                "table",
                &["cups", "pots"],
                &well(&json!({"kitchen": 0, "till": 0})),
            ),
        ],
        vec![telling("oven", &["breads"], &well(&json!({"counter": 12})))],
    )
}

async fn accepting(front: &Front, accept: &str) -> Answer {
    send(front, request(Method::GET, "/", &[("accept", accept)])).await
}

async fn page(front: &Front) -> String {
    let answer = get(front, "/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html;charset=UTF-8")
    );
    String::from_utf8(answer.body).unwrap()
}

#[track_caller]
fn assert_says(page: &str, what: &[&str]) {
    for what in what {
        assert!(page.contains(what), "`{what}` is not in\n{page}");
    }
}

#[tokio::test]
async fn the_page_leads_to_each_system_context_and_collection_and_to_what_operators_read() {
    let page = page(&all_well()).await;
    for link in [
        "/teahouse/",
        "/bakery/",
        "/teahouse/kettles",
        "/teahouse/cups",
        "/teahouse/pots",
        "/bakery/breads",
        "/teahouse/actuator/health",
        "/bakery/actuator/prometheus",
        "/teahouse/actuator/contexts/table/health",
        "/bakery/actuator/contexts/oven/prometheus",
        "/actuator/health",
        "/actuator/prometheus",
    ] {
        assert_says(&page, &[&format!("href=\"{link}\"")]);
    }
    assert_says(&page, &["2 systems, 3 contexts", "<h3>kitchen</h3>"]);
}

#[tokio::test]
async fn every_address_on_the_page_leads_somewhere() {
    let front = all_well();
    let page = page(&front).await;
    let mut followed = 0;
    for link in page.split("href=\"").skip(1) {
        let (path, _) = link.split_once('"').unwrap();
        if path.starts_with('/') {
            followed += 1;
            assert_eq!(get(&front, path).await.status, StatusCode::OK, "{path}");
        } else if let Some(id) = path.strip_prefix('#') {
            assert_says(&page, &[&format!("id=\"{id}\"")]);
        }
    }
    assert!(followed > 12, "{page}");
}

#[tokio::test]
async fn the_page_tells_health_and_how_far_each_is_behind_whom() {
    let mut sick = well(&json!({"kitchen": 3, "till": 0, "cellar": 1}));
    sick["status"] = "DOWN".into();
    sick["components"]["store"]["status"] = "DOWN".into();
    sick["components"]["deadLetters"]["details"]["count"] = 2.into();
    sick["components"]["breakers"]["details"]["till"] = "open".into();
    sick["components"]["notifiers"]["details"]["sms"] = json!({"status": "DOWN", "waiting": 7});
    let healthy = well(&json!({"kitchen": 0, "till": 0}));
    let front = front(
        vec![
            telling("kitchen", &["kettles"], &well(&json!({}))),
            telling("table", &["cups"], &healthy),
        ],
        vec![telling("oven", &["breads"], &sick)],
    );
    let page = page(&front).await;
    let card = |context: &str| {
        let (_, rest) = page.split_once(&format!("<h3>{context}</h3>")).unwrap();
        rest.split_once("</li>").unwrap().0.to_owned()
    };
    assert_says(&card("kitchen"), &["UP", "listens to nobody"]);
    assert_says(&card("table"), &["UP", "up to date with kitchen, till"]);
    assert_says(
        &card("oven"),
        &[
            "DOWN",
            "3 events behind kitchen, 1 event behind cellar",
            "its store takes no commits",
            "2 dead letters",
            "breaker to till: open",
            "notifier sms: failing, 7 waiting",
        ],
    );
    for trouble in ["dead letter", "breaker", "notifier"] {
        assert!(!card("table").contains(trouble), "{trouble}");
    }
    assert_says(
        &page,
        &["<title>jumun: 2 systems, 3 contexts, DOWN</title>"],
    );
}

#[tokio::test]
async fn contexts_that_cannot_be_reached_or_say_nonsense_are_shown_so_and_break_nothing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let talks = listen(toy(|_| Response::new(Body::full("<h1>nonsense</h1>")))).await;
    let too_much = toy(|_| Response::new(Body::full(vec![b'x'; 1 << 20])));
    let panics = toy(|_| -> Response<Body> { panic!("as tests want it") });
    let front = front(
        vec![
            backend("away", &["a"], remote(nobody, LONG)),
            backend("odd", &["b"], remote(talks, LONG)),
            backend("chatty", &["c"], Upstream::Here(too_much)),
            backend("broken", &["d"], Upstream::Here(panics)),
        ],
        vec![telling("oven", &["breads"], &well(&json!({})))],
    );
    let page = page(&front).await;
    assert_eq!(page.matches("does not tell how it is").count(), 4, "{page}");
    assert_says(
        &page,
        &[
            "it cannot be reached",
            "its answer breaks off",
            "<h3>oven</h3>",
        ],
    );
    assert!(!page.contains("<h1>nonsense"), "{page}");

    let health = get(&front, "/actuator/health").await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    let components = health.json()["components"].clone();
    assert_eq!(
        components["teahouse"]["components"]["broken"]["status"],
        "DOWN"
    );
    assert_eq!(components["bakery"]["status"], "UP");
}

#[tokio::test]
async fn contexts_that_never_answer_hold_the_page_up_all_at_once_and_not_for_long() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let silent = listener.local_addr().unwrap();
    let mute = || {
        let names = (0..6).map(|number| format!("mute{number}"));
        let hangs = |name: String| backend(&name, &["a"], remote(silent, 100 * LONG));
        names.map(hangs).collect::<Vec<_>>()
    };
    let mut others = mute();
    others.push(telling("oven", &["breads"], &well(&json!({}))));
    let front = front(mute(), others);
    // Were one asked after the other, it would take longer than this.
    let page = tokio::time::timeout(LONG, page(&front)).await.unwrap();
    assert_eq!(page.matches("no answer in time").count(), 12, "{page}");
    assert_says(&page, &["<h3>oven</h3>", "listens to nobody"]);
}

#[tokio::test]
async fn what_others_say_of_themselves_is_shown_and_not_obeyed() {
    let evil = "<script>alert('1')</script>\"&";
    let lag = json!({ evil: 5 });
    let front = front(
        vec![telling("kitchen", &["kettles"], &well(&lag))],
        vec![telling("oven", &["breads"], &well(&json!({})))],
    );
    let mut sent = request(Method::GET, "/", &[("x-forwarded-prefix", "\"><script>")]);
    sent.headers_mut()
        .insert("host", "\"><script>".parse().unwrap());
    let answer = send(&front, sent).await;
    let page = String::from_utf8(answer.body.clone()).unwrap();
    assert!(!page.contains("<script"), "{page}");
    assert_says(
        &page,
        &["5 events behind &lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;"],
    );
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let page = page(&all_well()).await;
    for outside in ["src=", "@import", "url(", "http://", "https://"] {
        let page = page.replace("xmlns='http://www.w3.org/2000/svg'", "");
        assert!(!page.contains(outside), "{outside} in\n{page}");
    }
    assert_says(
        &page,
        &[
            "lang=\"en\"",
            "name=\"viewport\"",
            "prefers-color-scheme: dark",
        ],
    );
}

#[tokio::test]
async fn every_element_that_is_opened_is_closed() {
    let page = page(&all_well()).await;
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(2) {
        let (tag, _) = tag.split_once('>').unwrap();
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{tag}");
        } else if !["meta", "link"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn programs_get_one_link_for_each_system() {
    for accept in [
        "application/hal+json",
        "application/json",
        "application/json, */*;q=0.5",
    ] {
        let answer = accepting(&all_well(), accept).await;
        let kind = format!("{};charset=UTF-8", accept.split(',').next().unwrap());
        assert_eq!(answer.header("content-type"), Some(kind.as_str()));
        assert_eq!(answer.header("vary"), Some("Accept"));
        assert_eq!(
            answer.json(),
            json!({"_links": {
                "teahouse": {"href": "http://shop.example:8088/teahouse/"},
                "bakery": {"href": "http://shop.example:8088/bakery/"},
            }})
        );
    }
    let proxied = [
        ("accept", "application/json"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "all.example"),
        ("x-forwarded-prefix", "/shops"),
    ];
    let root = send(&all_well(), request(Method::GET, "/", &proxied))
        .await
        .json();
    let href = &root["_links"]["bakery"]["href"];
    assert_eq!(href, "https://all.example/shops/bakery/");
}

#[tokio::test]
async fn links_of_the_page_are_under_the_prefix_of_a_proxy() {
    let proxied = [("x-forwarded-prefix", "/shops/")];
    let answer = send(&all_well(), request(Method::GET, "/", &proxied)).await;
    let page = String::from_utf8(answer.body).unwrap();
    assert_says(
        &page,
        &["href=\"/shops/bakery/\"", "href=\"/shops/actuator/health\""],
    );
    assert!(!page.contains("href=\"/bakery"), "{page}");
}

#[tokio::test]
async fn who_takes_neither_is_told_what_there_is() {
    let answer = accepting(&all_well(), "image/png").await;
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
    assert_says(answer.json()["detail"].as_str().unwrap(), &["text/html"]);
}

#[tokio::test]
async fn own_addresses_can_only_be_read() {
    let front = all_well();
    for path in [
        "/",
        "/actuator/health",
        "/actuator/info",
        "/actuator/prometheus",
    ] {
        let head = send(&front, request(Method::HEAD, path, &[])).await;
        let whole = get(&front, path).await;
        assert_eq!(head.status, StatusCode::OK, "{path}");
        assert_eq!(head.header("content-type"), whole.header("content-type"));
        let length = head.header("content-length").unwrap();
        assert_eq!(length, whole.body.len().to_string());
        assert!(head.body.is_empty());
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let answer = send(&front, request(method.clone(), path, &[])).await;
            assert_eq!(
                answer.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {path}"
            );
            assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        }
    }
}

#[tokio::test]
async fn monitors_find_the_health_of_all_systems_in_one_place() {
    let up = get(&all_well(), "/actuator/health").await;
    assert_eq!(up.status, StatusCode::OK);
    assert_eq!(
        up.header("content-type"),
        Some("application/vnd.spring-boot.actuator.v2+json;charset=UTF-8")
    );
    let components = up.json()["components"].clone();
    assert_eq!(
        components["teahouse"]["components"]["table"]["status"],
        "UP"
    );
    assert_eq!(components["bakery"]["components"]["oven"]["status"], "UP");

    let sick = json!({"status": "OUT_OF_SERVICE"});
    let front = front(
        vec![telling("kitchen", &["kettles"], &well(&json!({})))],
        vec![telling("oven", &["breads"], &sick)],
    );
    for path in ["/actuator/health", "/actuator/health/readiness"] {
        let answer = get(&front as &dyn Endpoint, path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.json()["status"], "OUT_OF_SERVICE");
        assert_eq!(answer.json()["components"]["teahouse"]["status"], "UP");
    }
}

#[tokio::test]
async fn a_process_that_is_being_stopped_lives_and_is_not_ready() {
    let kitchen = telling("kitchen", &["kettles"], &well(&json!({})));
    let teahouse = Arc::new(door_of("teahouse", TEAHOUSE, vec![kitchen]));
    let bakery = Arc::new(door_of("bakery", BAKERY, Vec::new()));
    let front = Front::new(vec![
        ("teahouse".to_owned(), Arc::clone(&teahouse)),
        ("bakery".to_owned(), bakery),
    ]);
    let status = async |group: &str| {
        let path = format!("/actuator/health/{group}");
        get(&front, &path).await.status
    };
    assert_eq!(status("readiness").await, StatusCode::OK);
    teahouse.stop();
    assert_eq!(status("readiness").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status("liveness").await, StatusCode::OK);
}

#[tokio::test]
async fn metrics_of_all_systems_are_one_text() {
    let answer = get(&all_well(), "/actuator/prometheus").await;
    assert_eq!(answer.header("content-type"), Some(http_api::METRICS_TYPE));
    assert_eq!(
        String::from_utf8(answer.body).unwrap(),
        "# HELP tea Cups.\n# TYPE tea counter\ntea_total{system=\"teahouse\"} 7\ntea_total{system=\"bakery\"} 1\n# EOF\n"
    );
}

#[tokio::test]
async fn info_names_the_systems_and_their_contexts() {
    let info = get(&all_well(), "/actuator/info").await.json();
    assert_eq!(info["app"], json!({"name": "jumun", "version": "1.2.3"}));
    assert_eq!(
        info["systems"],
        json!({
            "teahouse": {"contexts": ["kitchen", "table"]},
            "bakery": {"contexts": ["oven"]},
        })
    );
}
