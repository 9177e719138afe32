//! Bodies.

use serde_json::{Value, json};

use super::Bad;
use crate::fruitstore::apples;
use crate::wire::Request;

fn post(name: &'static str, body: impl Into<Vec<u8>>, status: u16) -> Bad {
    Bad::request(
        name,
        Request::new("POST", "/orders").body("application/json", body),
        status,
    )
}

/// The seed's order with one field changed.
fn with(name: &'static str, field: &'static str, value: Value, status: u16) -> Bad {
    let mut order = apples();
    order[field] = value;
    post(name, order.to_string(), status).at(field)
}

/// The same with the value written as it is.
fn written(name: &'static str, field: &'static str, value: &str, status: u16) -> Bad {
    let mut order = apples();
    order[field] = json!("HERE");
    post(name, order.to_string().replace("\"HERE\"", value), status)
}

fn without(name: &'static str, field: &'static str) -> Bad {
    let mut order = apples();
    order.as_object_mut().unwrap().remove(field);
    post(name, order.to_string(), 400).at(field)
}

fn patch(name: &'static str, content_type: &str, body: &str, status: u16) -> Bad {
    Bad::request(
        name,
        Request::new("PATCH", "/deliveries/1").body(content_type, body),
        status,
    )
}

pub(super) fn table() -> Vec<Bad> {
    let mut table = broken();
    table.extend(fields());
    table.extend(types());
    table.extend(patches());
    table.extend(payments());
    table
}

/// What is no JSON, or no object.
fn broken() -> Vec<Bad> {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(500), close.repeat(500));
    vec![
        post("nothing", "", 400).at("body"),
        post("blank", "   ", 400).at("body"),
        post("half an object", "{\"userId\":1,", 400).at("body"),
        post("a comma too many", "{\"userId\":1,}", 400).at("body"),
        post("equals signs", r#"{"orderId"="001"}"#, 400).at("body"),
        post("single quotes", "{'userId':1}", 400).at("body"),
        post("two objects", "{}{}", 400).at("body"),
        post("a comment", "{/* */}", 400).at("body"),
        post("NaN", "{\"qty\":NaN}", 400).at("body"),
        post("a number that overflows", "{\"qty\":1e999}", 400).at("body"),
        post("a number with leading zeros", "{\"qty\":007}", 400).at("body"),
        post("a byte order mark", b"\xef\xbb\xbf{}".to_vec(), 400).at("body"),
        post("UTF-16", b"\xff\xfe{\0}\0".to_vec(), 400).at("body"),
        post("invalid UTF-8", b"{\"address\":\"\xff\xfe\"}".to_vec(), 400).at("body"),
        post("a NUL", b"{\"address\":\"a\0b\"}".to_vec(), 400).at("body"),
        post("half a surrogate pair", r#"{"address":"\ud800"}"#, 400).at("body"),
        post("lists in lists", deep("[", "]"), 400).at("body"),
        post("objects in objects", deep("{\"a\":", "}"), 400).at("body"),
        post("a list", "[]", 400).at("body"),
        post("a list of orders", format!("[{}]", apples()), 400).at("body"),
        post("a text", "\"order\"", 400).at("body"),
        post("a number", "42", 400).at("body"),
        post("null", "null", 400).at("userId"),
        post(
            "a body of 64 KiB and one byte",
            " ".repeat(64 * 1024 + 1),
            413,
        ),
        post("a body of a megabyte", "1".repeat(1 << 20), 413),
    ]
}

/// Values that a field cannot have.
fn fields() -> Vec<Bad> {
    let long = |length: usize| json!("가".repeat(length));
    vec![
        without("no customer", "userId"),
        without("no quantity", "qty"),
        without("no price", "price"),
        without("no address", "address"),
        with("a quantity of none", "qty", json!(0), 422),
        with("a negative quantity", "qty", json!(-1), 422),
        with("a quantity beyond the most", "qty", json!(10_001), 422),
        with("a quantity as a power of ten", "qty", json!(1e9), 422),
        with(
            "a quantity beyond 32 bits",
            "qty",
            json!(2_147_483_648_i64),
            400,
        ),
        written("a quantity of forty digits", "qty", &"9".repeat(40), 400).at("qty"),
        with("half a fruit", "qty", json!(1.5), 400),
        with("a quantity in words", "qty", json!("two"), 400),
        with("a quantity that is empty", "qty", json!(""), 400),
        with("a quantity that is nothing", "qty", Value::Null, 400),
        with("a quantity that is true", "qty", json!(true), 400),
        with("a quantity that is a list", "qty", json!([2]), 400),
        with(
            "a quantity that is an object",
            "qty",
            json!({"value": 2}),
            400,
        ),
        with("a hexadecimal quantity", "qty", json!("0x10"), 400),
        with("a negative price", "price", json!(-1), 422),
        with("the lowest price of all", "price", json!(i32::MIN), 422),
        with(
            "a price beyond 32 bits",
            "price",
            json!(4_294_967_296_i64),
            400,
        ),
        with("a price with a currency", "price", json!("5000원"), 400),
        with(
            "a customer beyond 64 bits",
            "userId",
            json!(18_446_744_073_709_551_615_u64),
            400,
        ),
        with(
            "a customer who is an object",
            "userId",
            json!({"id": 1}),
            400,
        ),
        with("an address of blanks", "address", json!("   "), 422),
        with(
            "an address that is a list",
            "address",
            json!(["Seoul"]),
            400,
        ),
        with(
            "an address that is an object",
            "address",
            json!({"city": "Seoul"}),
            400,
        ),
        with("an address that is too long", "address", long(501), 422),
        with("a fruit that is a list", "prodNm", json!(["사과"]), 400),
        with("a fruit whose name is too long", "prodNm", long(201), 422),
    ]
}

/// How a body says what it is.
fn types() -> Vec<Bad> {
    let typed = |name, content_type: &str| {
        let body = apples().to_string();
        Bad::request(
            name,
            Request::new("POST", "/orders").body(content_type, body),
            415,
        )
    };
    let untyped = Request::new("POST", "/orders").bytes(apples().to_string());
    vec![
        typed("a form", "application/x-www-form-urlencoded"),
        typed("a text", "text/plain"),
        typed("XML", "application/xml"),
        typed("a form with files", "multipart/form-data; boundary=x"),
        typed("JSON that is not UTF-8", "application/json; charset=euc-kr"),
        typed("a JSON patch that is posted", "application/json-patch+json"),
        typed("no media type at all", "nonsense"),
        Bad::request("a body of no type", untyped, 415),
        Bad::request(
            "an answer in a type that there is not",
            Request::post("/orders", &apples()).header("Accept", "text/html"),
            406,
        ),
    ]
}

/// Deliveries can only be completed.
fn patches() -> Vec<Bad> {
    const PATCH: &str = "application/json-patch+json";
    vec![
        patch("no status", "application/json", "{}", 400).at("deliveryStatus"),
        patch(
            "an unknown status",
            "application/json",
            r#"{"deliveryStatus":"lost"}"#,
            400,
        )
        .at("deliveryStatus"),
        patch(
            "a status that is a number",
            "application/json",
            r#"{"deliveryStatus":2}"#,
            400,
        )
        .at("deliveryStatus"),
        patch(
            "a courier who cancels",
            "application/json",
            r#"{"deliveryStatus":"배송취소"}"#,
            422,
        )
        .at("deliveryStatus"),
        patch("a patch that is no list", PATCH, r#"{"op":"remove"}"#, 400).at("body"),
        patch(
            "a patch of an unknown kind",
            PATCH,
            r#"[{"op":"burn","path":"/"}]"#,
            400,
        )
        .at("body"),
        patch(
            "a patch of what is not there",
            PATCH,
            r#"[{"op":"remove","path":"/nothing"}]"#,
            422,
        )
        .at("[0]"),
        patch(
            "a patch whose test fails",
            PATCH,
            r#"[{"op":"test","path":"/deliveryStatus","value":"배송완료"}]"#,
            422,
        )
        .at("[0]"),
        patch(
            "a patch that leaves no object",
            PATCH,
            r#"[{"op":"replace","path":"","value":1}]"#,
            422,
        )
        .at("body"),
        patch(
            "a patch that copies itself without end",
            PATCH,
            &format!(
                "[{}]",
                vec![r#"{"op":"copy","from":"","path":"/x"}"#; 200].join(",")
            ),
            422,
        ),
    ]
}

fn payments() -> Vec<Bad> {
    let ask =
        |name, body: &Value, status| Bad::request(name, Request::post("/payments", body), status);
    vec![
        ask(
            "a payment of no order",
            &json!({"userId": 1, "price": 1}),
            400,
        )
        .at("orderId"),
        ask(
            "a payment of order 0",
            &json!({"orderId": 0, "userId": 1, "price": 1}),
            422,
        )
        .at("orderId"),
        ask(
            "a payment below nothing",
            &json!({"orderId": 9, "userId": 1, "price": -1}),
            422,
        )
        .at("price"),
        ask(
            "a payment of another's order",
            &json!({"orderId": 1, "userId": 2, "price": 5000}),
            409,
        ),
        ask(
            "a payment of another price",
            &json!({"orderId": 1, "userId": 7181, "price": 1}),
            409,
        ),
    ]
}
