//! Addresses, methods, headers.

use serde_json::json;

use super::Bad;
use crate::fruitstore::apples;
use crate::wire::Request;

pub(super) fn table() -> Vec<Bad> {
    let mut table = methods();
    table.extend(paths());
    table.extend(ids());
    table.extend(queries());
    table.extend(headers());
    table
}

fn methods() -> Vec<Bad> {
    let on = |name, method: &str, path: &str| {
        Bad::request(name, Request::new(method, path).json(&json!({})), 405)
    };
    vec![
        on("all orders deleted", "DELETE", "/orders"),
        on("all orders replaced", "PUT", "/orders"),
        on("an order posted into an order", "POST", "/orders/1"),
        on("an order replaced", "PUT", "/orders/1"),
        on("an order changed", "PATCH", "/orders/1"),
        on("a payment deleted", "DELETE", "/payments/1"),
        on("a payment changed", "PATCH", "/payments/1"),
        on("a delivery made by hand", "POST", "/deliveries"),
        on("a delivery deleted", "DELETE", "/deliveries/1"),
        on("a row written", "POST", "/myPages"),
        on(
            "a search that is posted",
            "POST",
            "/payments/search/findByOrderId?orderId=1",
        ),
        on("coffee", "BREW", "/orders"),
        on("a trace", "TRACE", "/orders"),
        on("health that is posted", "POST", "/actuator/health"),
        on("the root deleted", "DELETE", "/"),
    ]
}

fn paths() -> Vec<Bad> {
    let get = |name, path: &str, status| Bad::request(name, Request::get(path), status);
    vec![
        get("nowhere", "/nowhere", 404),
        get("another case", "/Orders", 404),
        get("too deep", "/orders/1/2/3", 404),
        Bad::request(
            "what only delivery may say",
            Request::new("PUT", "/orders/1/delivered").json(&json!({})),
            404,
        ),
        get("the same, got", "/orders/1/delivered", 404),
        get("the same, disguised", "/orders/1/%64elivered/", 404),
        get("a hundred levels", &"/a".repeat(100), 404),
        get("an empty first segment", "//orders", 404),
        get("an empty segment", "/orders//1", 400),
        get("a way up", "/orders/../payments", 400),
        get("an encoded way up", "/orders/%2e%2e/payments", 400),
        get(
            "a way up out of everything",
            "/orders/../../../../etc/passwd",
            400,
        ),
        get("an encoded slash", "/orders/1%2fdelivered", 400),
        get("a backslash", "/orders/%5c1", 400),
        get("a NUL", "/orders/1%00", 400),
        get("a line break", "/orders/1%0d%0aX-Evil:1", 400),
        get("a matrix parameter", "/orders/1;x=2", 400),
        get("a percent sign alone", "/orders/%", 400),
        get("a percent sign and nonsense", "/orders/%zz", 400),
        get("not UTF-8", "/orders/%ff", 400),
        get("very long", &format!("/orders/{}", "1".repeat(9_000)), 414),
        get("another system", "/breakfast/orders", 404),
        get("an actuator page that there is not", "/actuator/env", 404),
        get(
            "a context that there is not",
            "/actuator/contexts/nobody/health",
            404,
        ),
        get(
            "an operator's page without his token",
            "/actuator/contexts/order/dead-letters",
            404,
        ),
        get(
            "a way up below an actuator page",
            "/actuator/contexts/order/../payment/health",
            400,
        ),
        get(
            "faults that are not allowed",
            "/actuator/contexts/order/chaos",
            404,
        ),
    ]
}

fn ids() -> Vec<Bad> {
    let get = |name, id: &str| Bad::request(name, Request::get(&format!("/orders/{id}")), 404);
    let mut ids = vec![
        get("an order that there is not", "4711"),
        get("order 0", "0"),
        get("a negative order", "-1"),
        get("an order with a sign", "+1"),
        get("an order as a power of ten", "1e9"),
        get("an order in words", "one"),
        get("an order in hexadecimal", "0x1"),
        get("an order beyond 64 bits", "1180591620717411303424"),
        get("an order with a fraction", "1.0"),
        get("an order in another script", "%D9%A1"),
        get("SQL", "1%20OR%201=1"),
    ];
    ids.push(Bad::request(
        "a cancel of nothing",
        Request::new("DELETE", "/orders/4711"),
        404,
    ));
    ids.push(Bad::request(
        "a look at nothing's head",
        Request::new("HEAD", "/orders/4711"),
        404,
    ));
    let nothing =
        Request::new("PATCH", "/deliveries/4711").json(&json!({"deliveryStatus": "배송완료"}));
    ids.push(Bad::request("nothing delivered", nothing, 404));
    ids
}

fn queries() -> Vec<Bad> {
    let get = |name, path: &str, status| Bad::request(name, Request::get(path), status);
    vec![
        get("a query that cannot be decoded", "/orders?page=%zz", 400),
        get("a query that is not UTF-8", "/orders?sort=%ff", 400),
        get(
            "a search without its key",
            "/payments/search/findByOrderId",
            400,
        )
        .at("orderId"),
        get(
            "a search that there is not",
            "/orders/search/findByPrice?price=1",
            404,
        ),
    ]
}

fn headers() -> Vec<Bad> {
    let with = |name, header: &str, value: &str, status| {
        let place = Request::post("/orders", &apples());
        Bad::request(name, place.header(header, value), status)
    };
    let cancel = |name, tag: &str| {
        Bad::request(
            name,
            Request::new("DELETE", "/orders/1").header("If-Match", tag),
            412,
        )
    };
    let many = (0..150).fold(Request::get("/orders"), |request, number| {
        request.header(&format!("X-Header-{number}"), "1")
    });
    vec![
        with("an empty Idempotency-Key", "Idempotency-Key", "", 400).at("Idempotency-Key"),
        with(
            "a long Idempotency-Key",
            "Idempotency-Key",
            &"k".repeat(256),
            400,
        )
        .at("Idempotency-Key"),
        with("a Korean Idempotency-Key", "Idempotency-Key", "열쇠", 400).at("Idempotency-Key"),
        with("an empty correlation id", "X-Correlation-Id", "", 400).at("X-Correlation-Id"),
        with(
            "a correlation id with blanks",
            "X-Correlation-Id",
            "a b",
            400,
        )
        .at("X-Correlation-Id"),
        with(
            "a long correlation id",
            "X-Correlation-Id",
            &"c".repeat(65),
            400,
        )
        .at("X-Correlation-Id"),
        with("a request id with blanks", "X-Request-Id", "a b", 400).at("X-Request-Id"),
        with(
            "an Accept that takes nothing",
            "Accept",
            "application/json;q=0",
            406,
        ),
        cancel("a version that it has not", "\"99\""),
        cancel("a weak version", "W/\"1\""),
        cancel("a version without quotes", "1"),
        cancel("a version that is no number", "\"latest\""),
        Bad::request("too many headers", many, 431).briefly(),
        Bad::request(
            "a header that is too long",
            Request::get("/orders").header("X-Long", &"x".repeat(70_000)),
            431,
        )
        .briefly(),
    ]
}
