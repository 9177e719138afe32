//! What cannot be read, or must not be: each gets its 4xx, and changes nothing (I8).

use crate::app::{ANY, App, Headers, JSON};

struct Case {
    method: &'static str,
    path: &'static str,
    headers: Headers<'static>,
    body: Vec<u8>,
    status: u16,
    /// A part of the answer's detail, or of the field that it names.
    says: &'static str,
}

fn case(
    method: &'static str,
    path: &'static str,
    headers: Headers<'static>,
    body: impl Into<Vec<u8>>,
    status: u16,
    says: &'static str,
) -> Case {
    Case {
        method,
        path,
        headers,
        body: body.into(),
        status,
        says,
    }
}

const ANY_JSON: Headers<'static> = &[ANY, JSON];

fn post(body: impl Into<Vec<u8>>, status: u16, says: &'static str) -> Case {
    case("POST", "/kettles", ANY_JSON, body, status, says)
}

fn bodies() -> Vec<Case> {
    let deep = format!("{{\"name\":{}", "[".repeat(10_000));
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(64 * 1024));
    vec![
        post("", 400, "the body is empty"),
        post("{", 400, "line 1"),
        post(r#"{"orderId"="001", "prodNm"="x"}"#, 400, "line 1 column"),
        post("nonsense", 400, "the body is not JSON"),
        post("{} {}", 400, "trailing"),
        post("[]", 400, "expected an object"),
        post("null", 400, "name"),
        post("\"text\"", 400, "expected an object"),
        post("{}", 400, "name"),
        post(r#"{"name":"a"}"#, 400, "litres"),
        post(r#"{"name":"a","litres":""}"#, 400, "litres"),
        post(r#"{"name":"a","litres":"two"}"#, 400, "whole number"),
        post(r#"{"name":"a","litres":1.5}"#, 400, "whole number"),
        post(r#"{"name":"a","litres":true}"#, 400, "whole number"),
        post(r#"{"name":"a","litres":[1]}"#, 400, "found a list"),
        post(r#"{"name":{"x":1},"litres":1}"#, 400, "found an object"),
        post(
            r#"{"name":"a","litres":99999999999999999999}"#,
            400,
            "litres",
        ),
        post(r#"{"name":"a","litres":1e999}"#, 400, "number out of range"),
        post(r#"{"name":"a","litres":NaN}"#, 400, "line 1"),
        post(r#"{"name":"a","litres":-1}"#, 422, "less than nothing"),
        post(deep, 400, "recursion limit"),
        post(
            b"{\"name\":\"\xff\xfe\",\"litres\":1}".to_vec(),
            400,
            "not JSON",
        ),
        post(br#"{"name":"\ud800","litres":1}"#.to_vec(), 400, "not JSON"),
        post(large, 413, "65536 bytes"),
        post(r#"{"name":"a","litres":1,"litres":2}"#, 400, "litres"),
        post(
            r#"{"name":"a","litres":1,"x":[{"y":1,"y":2}]}"#,
            400,
            "x[0].y",
        ),
    ]
}

fn heads() -> Vec<Case> {
    let body = r#"{"name":"a","litres":1}"#;
    let at = |path, status, says| case("GET", path, &[ANY], "", status, says);
    let with = |headers, status, says| case("POST", "/kettles", headers, body, status, says);
    vec![
        with(&[ANY], 415, "no Content-Type"),
        with(&[ANY, ("content-type", "text/plain")], 415, "text/plain"),
        with(
            &[ANY, ("content-type", "application/x-www-form-urlencoded")],
            415,
            "urlencoded",
        ),
        with(&[ANY, ("content-type", "application/xml")], 415, "xml"),
        with(
            &[ANY, ("content-type", "application/json;charset=euc-kr")],
            415,
            "UTF-8",
        ),
        with(
            &[ANY, ("content-type", "application/json-patch+json")],
            415,
            "PATCH",
        ),
        with(
            &[JSON, ("accept", "text/html")],
            406,
            "application/hal+json",
        ),
        with(
            &[ANY, JSON, ("x-correlation-id", "a b")],
            400,
            "X-Correlation-Id",
        ),
        with(&[ANY, JSON, ("x-request-id", "주문")], 400, "X-Request-Id"),
        case(
            "GET",
            "/kettles/1",
            &[("accept", "image/png")],
            "",
            406,
            "hal+json",
        ),
        at("/kettles//1", 400, "empty segment"),
        at("//kettles", 400, "empty segment"),
        at("/kettles/../kettles", 400, "dot segment"),
        at("/%2e%2e/kettles", 400, "dot segment"),
        at("/kettles%2f1", 400, "separator"),
        at("/kettles%5c1", 400, "separator"),
        at("/kettles;a=b", 400, "separator"),
        at("/kettles/%00", 400, "control character"),
        at("/kettles/%zz", 400, "percent"),
        at("/kettles/%ff", 400, "UTF-8"),
        with(
            &[ANY, JSON, ("content-encoding", "gzip")],
            415,
            "Content-Encoding",
        ),
        with(
            &[ANY, JSON, ("content-encoding", "identity, br")],
            415,
            "br",
        ),
        at("/kettles/search/findByName?name=a&name=b", 400, "twice"),
        at("/kettles/refill?name=a&litres=1&litres=2", 400, "litres"),
        at("/kettles?page=%zz", 400, "query"),
        at("/kettles?sort=%ff", 400, "query"),
        at("/kettles/search/findByName", 400, "name"),
        case("BREW", "/kettles", &[ANY], "", 405, "GET, HEAD, POST"),
        case("PUT", "/kettles/7", ANY_JSON, body, 404, "kettle 7"),
        case("PATCH", "/kettles/7", ANY_JSON, "{}", 404, "kettle 7"),
        case("DELETE", "/kettles/7", &[], "", 404, "kettle 7"),
    ]
}

#[tokio::test]
async fn bad_input_is_refused_with_a_reason_and_changes_nothing() {
    let app = App::new();
    let cases: Vec<Case> = bodies().into_iter().chain(heads()).collect();
    assert!(cases.len() >= 40);
    for Case {
        method,
        path,
        headers,
        body,
        status,
        says,
    } in cases
    {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let at = format!("{method} {path} {headers:?} {shown}");
        let reply = app.send(method, path, headers, body).await;
        assert_eq!(reply.status, status, "{at}: {}", reply.text);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{at}"
        );
        let problem = reply.json();
        let told = format!("{} {}", problem["detail"], problem["field"]);
        assert!(told.contains(says), "{at}: {told}");
        assert_eq!(problem["status"], status, "{at}");
        assert!(reply.header("x-request-id").is_some(), "{at}");
    }
    let after = app.get("/kettles").await.json();
    assert_eq!(after["page"]["totalElements"], 0);
    let events = app.store.open().reader.events_after(0, 10).unwrap();
    assert_eq!(events, []);
    app.buy("fine", 1).await;
}

#[tokio::test]
async fn a_patch_with_a_member_twice_is_refused_too() {
    let app = App::new();
    app.buy("fine", 1).await;
    for (kind, body, field) in [
        (
            "application/merge-patch+json",
            r#"{"litres":2,"litres":3}"#,
            "litres",
        ),
        (
            "application/merge-patch+json",
            r#"{"x":{"y":{"z":1,"z":2}}}"#,
            "x.y.z",
        ),
        (
            "application/json-patch+json",
            r#"[{"op":"add","path":"/litres","value":2,"value":3}]"#,
            "[0].value",
        ),
        (
            "application/json-patch+json",
            r#"[{"op":"test","path":"/litres","value":1},{"op":"add","path":"/x","value":{"y":1,"y":2}}]"#,
            "[1].value.y",
        ),
    ] {
        let headers = [ANY, ("content-type", kind)];
        let refused = app.send("PATCH", "/kettles/1", &headers, body).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text);
        assert_eq!(refused.json()["code"], "duplicate-member", "{body}");
        assert_eq!(refused.json()["field"], field, "{body}");
    }
    assert_eq!(app.get("/kettles/1").await.header("etag"), Some("\"1\""));
}

#[tokio::test]
async fn a_body_that_is_not_unpacked_says_so_and_one_that_is_plain_is_read() {
    let app = App::new();
    let body = r#"{"name":"a","litres":1}"#;
    let packed = [ANY, JSON, ("content-encoding", "GZIP")];
    let refused = app.send("POST", "/kettles", &packed, body).await;
    assert_eq!(refused.status, 415);
    assert_eq!(refused.json()["code"], "unsupported-content-encoding");
    assert_eq!(refused.header("accept-encoding"), Some("identity"));
    let plain = [ANY, JSON, ("content-encoding", "identity")];
    let made = app.send("POST", "/kettles", &plain, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
}
