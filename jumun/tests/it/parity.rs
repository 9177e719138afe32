//! The same request gets the same answer in one process and split: status, body, links, headers. Odd
//! requests, for these are where a hop shows; byte by byte, so that no client library tidies them up.

mod odd;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::stage::{Setup, Stage};
use crate::waiting::eventually;
use crate::wire::Connection;
use odd::Odd;

/// Of the moment, or of one request. Whether a connection ends depends on how fast what is left of a
/// body comes (`http/src/unread.rs`).
const OF_THE_MOMENT: [&str; 4] = ["date", "x-request-id", "x-correlation-id", "connection"];

/// What is answered, without what is of the moment.
#[derive(Debug, PartialEq)]
struct Reply {
    status: u16,
    headers: BTreeMap<String, Vec<String>>,
    /// Which of the ids are there.
    ids: Vec<String>,
    body: String,
}

fn ask(stage: &Stage, odd: &Odd) -> Result<Reply, String> {
    let mut connection = Connection::open(stage.address()).map_err(|e| e.to_string())?;
    // It may hang up before it has read everything; what it says counts.
    let _ = connection.write(&odd.bytes);
    if odd.ends {
        let _ = connection.finish_writing();
    }
    let answer = connection.read(&odd.method).map_err(|e| e.to_string())?;
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ids = Vec::new();
    for (name, value) in answer.headers() {
        let name = name.to_lowercase();
        if !OF_THE_MOMENT.contains(&name.as_str()) {
            headers.entry(name).or_default().push(value.to_owned());
        } else if name.starts_with("x-") {
            ids.push(name);
        }
    }
    ids.sort();
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut body) => {
            if let Some(members) = body.as_object_mut() {
                members.remove("timestamp");
            }
            body.to_string()
        }
        Err(_) => answer.text(),
    };
    Ok(Reply {
        status: answer.status,
        headers,
        ids,
        body,
    })
}

/// Sends each to both, in the order of the table.
fn is_the_same(system: &'static str, table: &str, prepare: impl Fn(&Stage)) {
    let setup = || Setup::of(system).set("request_timeout", "1s");
    let together = setup().start();
    let split = setup().flag("--split").start();
    prepare(&together);
    prepare(&split);
    let table = Odd::all(table);
    assert!(table.len() >= 30, "{}", table.len());
    let mut wrong = Vec::new();
    for odd in &table {
        let (here, there) = (ask(&together, odd), ask(&split, odd));
        let is_expected = here.as_ref().is_ok_and(|reply| reply.status == odd.status);
        // No link leads past the gateway, whatever was asked.
        let leaks = format!("{there:?}").contains("127.0.0.1:");
        if here != there || !is_expected || leaks {
            wrong.push(format!(
                "{} → {}\n  together {here:?}\n  split    {there:?}",
                odd.name, odd.status
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        table.len(),
        wrong.join("\n")
    );
    // Whatever a client does, it is not held against a context, nor told to the operator.
    for stage in [&together, &split] {
        let said = stage.said();
        let loud = ["WARN", "ERROR", "panicked", "left out", "no answer"];
        let loud = loud.into_iter().find(|word| said.contains(word));
        assert_eq!(loud, None, "{said}");
    }
}

/// Waits until the only row of a collection has these members.
fn shows(stage: &Stage, path: &str, wanted: &Value) {
    eventually(&format!("{wanted} at {path}"), || {
        let answer = stage.get(path);
        let shown = answer.text();
        let has = |(name, value): (&String, &Value)| {
            shown.contains(&format!("{}:{value}", Value::from(name.as_str())))
        };
        let members = wanted.as_object().expect("members");
        if answer.status == 200 && members.iter().all(has) {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    });
}

#[test]
fn odd_requests_to_the_fruit_shop_are_answered_alike_in_one_process_and_split() {
    is_the_same(
        "fruitstore",
        include_str!("parity/fruitstore.http"),
        |stage| {
            stage
                .post("/orders", &crate::fruitstore::apples())
                .expect(201);
            let placed = serde_json::json!({"orderStatus": "주문신청", "payStatus": "결제승인", "deliveryStatus": "배송시작"});
            shows(stage, "/myPages/1", &placed);
        },
    );
}

#[test]
fn odd_requests_to_breakfast_are_answered_alike_in_one_process_and_split() {
    is_the_same(
        "breakfast",
        include_str!("parity/breakfast.http"),
        |stage| {
            let customer =
                serde_json::json!({"name": "lee", "phone": "010", "address": "seoul", "age": 29});
            stage.post("/customers", &customer).expect(201);
            let food = serde_json::json!({"name": "pizza", "stock": 100, "price": 1000});
            stage.post("/foodCatalogs", &food).expect(201);
            shows(
                stage,
                "/foodCatalogViews/1",
                &serde_json::json!({"name": "pizza"}),
            );
        },
    );
}
