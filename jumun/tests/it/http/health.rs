//! Health and metrics.

use std::collections::BTreeSet;

use serde_json::json;

use crate::fruitstore::{Shop, apples};
use crate::stage::{Process, Setup, jumun};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

#[test]
fn health_says_how_every_part_is() {
    let shop = Shop::start();
    let answer = shop.get("/actuator/health").expect(200);
    let kind = "application/vnd.spring-boot.actuator.v2+json;charset=UTF-8";
    assert_eq!(answer.header("content-type"), Some(kind));
    let health = answer.json();
    assert_eq!(health["status"], "UP");
    for context in ["order", "payment", "delivery", "mypage"] {
        let of_context = &health["components"][context];
        assert_eq!(of_context["status"], "UP");
        assert_eq!(of_context["components"]["store"]["status"], "UP");
        assert_eq!(
            of_context["components"]["deadLetters"]["details"]["count"],
            0
        );
        let own = shop
            .get(&format!("/actuator/contexts/{context}/health"))
            .expect(200)
            .json();
        assert_eq!(own["status"], "UP");
        assert_eq!(own["groups"], json!(["liveness", "readiness"]));
    }
    for group in ["liveness", "readiness"] {
        let group = shop
            .get(&format!("/actuator/health/{group}"))
            .expect(200)
            .json();
        assert_eq!(group["status"], "UP");
    }
    let info = shop.get("/actuator/info").expect(200).json();
    assert_eq!(info["app"]["name"], "fruitstore");
    assert_eq!(
        info["contexts"],
        json!(["order", "payment", "delivery", "mypage"])
    );
}

#[test]
fn metrics_count_what_has_happened() {
    let shop = Shop::start();
    let order = shop.place();
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    shop.post("/orders", &json!({})).expect(400);
    shop.delete("/orders/1").expect(204);
    shop.delete("/orders/1").expect(204);
    shop.my_page_says(order, ["주문취소", "결제취소", "배송취소"]);
    let completed = shop.complete(&shop.delivery_of(order));
    assert_eq!(completed.status, 409);
    shop.settle();
    let is = |wanted: i32, name: &str, labels: &[&str]| {
        let found = shop.metric(name, labels);
        assert!(
            (found - f64::from(wanted)).abs() < 0.5,
            "{name} {labels:?} is {found}, not {wanted}"
        );
    };
    let order = r#"context="order""#;
    is(
        1,
        "jumun_http_requests_total",
        &[order, r#"method="POST""#, r#"status="2xx""#],
    );
    is(
        1,
        "jumun_http_requests_total",
        &[order, r#"method="POST""#, r#"status="4xx""#],
    );
    is(
        2,
        "jumun_http_requests_total",
        &[order, r#"method="DELETE""#, r#"route="/orders/{id}""#],
    );
    is(
        2,
        "jumun_http_request_duration_seconds_count",
        &[order, r#"method="POST""#],
    );
    is(1, "jumun_refusals_total", &[r#"code="delivery-canceled""#]);
    is(2, "jumun_events_total", &[order]);
    is(3, "jumun_events_total", &[r#"context="payment""#]);
    is(
        1,
        "jumun_calls_total",
        &[r#"from="order""#, r#"to="payment""#, r#"outcome="yes""#],
    );
    is(0, "jumun_lag_events", &[]);
    is(0, "jumun_dead_letters", &[]);
    is(0, "jumun_parked_events", &[]);
    is(0, "jumun_breaker_state", &[r#"to="payment""#]);
    is(0, "jumun_deadlines_fired_total", &[r#"context="payment""#]);
    for more_than_none in [
        "jumun_commands_total",
        "jumun_commits_total",
        "jumun_commit_batch_size_count",
    ] {
        assert!(
            shop.metric(more_than_none, &[order]) >= 1.0,
            "{more_than_none}"
        );
    }
}

#[test]
fn metrics_are_open_metrics() {
    let shop = Shop::start();
    shop.place();
    let answer = shop.get("/actuator/prometheus").expect(200);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"));
    let mut described: BTreeSet<&str> = BTreeSet::new();
    let mut current = "";
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(about) = line.strip_prefix("# TYPE ") {
            current = about.split(' ').next().unwrap();
            assert!(described.insert(current), "{current} is described twice");
        } else if !line.starts_with('#') {
            assert!(
                line.starts_with(current) && !current.is_empty(),
                "{line} belongs to nothing"
            );
            let (_, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(described.len() > 10, "{described:?}");
}

#[test]
fn a_zombie_says_that_it_is_ill_where_faults_are_allowed() {
    let folder = tempfile::TempDir::new().unwrap();
    let order = |flags: &[&str]| {
        let mut command = jumun(&Setup::of("fruitstore"), folder.path());
        command
            .args(["serve", "fruitstore", "order", "--port", "0"])
            .args(flags);
        Process::start(&mut command).unwrap()
    };
    let mut healthy = order(&[]);
    healthy.send(&Request::get("/isHealthy")).expect(200);
    healthy.send(&Request::get("/makeZombie")).expect(404);
    healthy.kill();
    let zombie = order(&["--chaos"]);
    zombie.send(&Request::get("/isHealthy")).expect(200);
    zombie.send(&Request::get("/makeZombie")).expect(200);
    let ill = zombie.send(&Request::get("/isHealthy")).expect(500);
    assert_eq!(ill.json()["message"], "zombie.....");
    zombie
        .send(&Request::get("/actuator/health/liveness"))
        .expect(503);
    zombie.send(&Request::get("/actuator/health")).expect(503);
    zombie
        .send(&Request::get("/actuator/health/readiness"))
        .expect(200);
}

#[test]
fn readiness_is_lost_as_soon_as_it_stops() {
    let mut shop = Setup::of("fruitstore")
        .chaos()
        .set("asks.deadline", "10s")
        .set("systems.fruitstore.payment.chaos.slow", "800ms")
        .shop();
    let address = shop.address();
    std::thread::scope(|scope| {
        // An order in flight keeps the process there for a moment.
        let mut placing = Connection::open(address).unwrap();
        placing.begin(&Request::post("/orders", &apples())).unwrap();
        shop.ask_to_stop();
        let placed = scope.spawn(move || placing.read("POST").unwrap().expect(201));
        eventually("no new connections, or no readiness", || {
            let ready = Connection::open(address)
                .and_then(|mut c| c.send(&Request::get("/actuator/health/readiness")));
            match ready {
                Err(_) => Ok(()),
                Ok(answer) if answer.status == 503 => Ok(()),
                Ok(answer) => Err(answer.to_string()),
            }
        });
        placed.join().unwrap();
    });
    shop.stopped();
}
