//! The gateway: pages from elsewhere, names, prefixes.

use crate::fruitstore::{Shop, apples};
use crate::wire::Request;

#[test]
fn pages_from_elsewhere_may_ask() {
    let shop = Shop::start();
    let origin = "http://shop.example";
    let preflight = Request::new("OPTIONS", "/orders")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "content-type, idempotency-key",
        );
    let answer = shop.send(&preflight).expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
    assert_eq!(
        answer.header("access-control-allow-headers"),
        Some("content-type, idempotency-key")
    );
    let place = Request::post("/orders", &apples()).header("Origin", origin);
    for answer in [
        shop.send(&place).expect(201),
        shop.send(&Request::get("/orders/4711").header("Origin", origin))
            .expect(404),
    ] {
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            Some("true")
        );
        assert!(
            answer.header("vary").unwrap().contains("Origin"),
            "{answer}"
        );
    }
    assert!(
        shop.get("/orders")
            .header("access-control-allow-origin")
            .is_none()
    );
}

#[test]
fn links_follow_the_name_that_the_client_used() {
    let shop = Shop::start();
    shop.place();
    let href = |request: Request| {
        let item = shop.send(&request).expect(200).json();
        item["_links"]["self"]["href"].as_str().unwrap().to_owned()
    };
    let get = || Request::get("/orders/1");
    assert_eq!(
        href(get().header("Host", "fruit.example:81")),
        "http://fruit.example:81/orders/1"
    );
    let proxied = get()
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "fruit.example")
        .header("X-Forwarded-Prefix", "/shop");
    assert_eq!(href(proxied), "https://fruit.example/shop/orders/1");
    let forwarded = get().header("Forwarded", "for=192.0.2.1;proto=https;host=fruit.example");
    assert_eq!(href(forwarded), "https://fruit.example/orders/1");
    let broken = get()
        .header("X-Forwarded-Host", "\"><script>")
        .header("Host", "fruit.example");
    assert_eq!(href(broken), "http://fruit.example/orders/1");
    let by_system = href(Request::get("/fruitstore/orders/1"));
    assert_eq!(by_system, shop.url("/fruitstore/orders/1"));
}

#[test]
fn the_shop_is_also_found_under_its_name() {
    let shop = Shop::start();
    let placed = shop.post("/fruitstore/orders", &apples()).expect(201);
    assert_eq!(
        placed.header("location"),
        Some(shop.url("/fruitstore/orders/1").as_str())
    );
    shop.get("/orders/1").expect(200);
    shop.get("/fruitstore/").expect(200);
    shop.get("/fruitstore/nothing").expect(404);
}

#[test]
fn nobody_outside_can_say_that_an_order_was_delivered() {
    let shop = Shop::start();
    let order = shop.place();
    for prefix in ["", "/fruitstore"] {
        for method in ["PUT", "OPTIONS", "GET", "POST"] {
            let path = format!("{prefix}/orders/{order}/delivered");
            let answer = shop.send(&Request::new(method, &path)).expect(404);
            assert!(answer.header("allow").is_none(), "{answer}");
        }
    }
    // Nothing was delivered, so it can still be canceled.
    shop.delete(&format!("/orders/{order}")).expect(204);
}
