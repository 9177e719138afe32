//! What a Java service with the originals' libraries makes of our records.

use bus_kafka::record::{Consumed, Record, Records, Teller};
use engines::Kafka;
use interop::Peer;
use serde_json::{Value, json};
use storm::System;
use storm::store::{NewEvent, StoredEvent};

fn record(system: &System, event_type: &str, data: &Value) -> Record {
    let event = NewEvent {
        event_type: event_type.to_owned(),
        kind: "order".to_owned(),
        id: 1,
        version: 1,
        correlation: "order-1".to_owned(),
        causation: "a-request".to_owned(),
        trace: String::new(),
        at: 1_611_088_384_123,
        data: data.to_string(),
    };
    let stored = StoredEvent { position: 5, event };
    Records::of(system).encode("order", &stored)
}

fn as_sent(record: &Record) -> Value {
    let headers = record.headers.iter();
    let headers: serde_json::Map<_, _> = headers
        .map(|(name, value)| ((*name).to_owned(), Value::from(&value[..])))
        .collect();
    json!({"key": record.key, "headers": headers, "value": record.value})
}

/// What they read, without what they found nothing for.
fn read(told: &Value) -> Value {
    assert_eq!(told.get("fault"), None, "{told}");
    let mut read = told["read"].clone();
    let members = read.as_object_mut().unwrap();
    members.retain(|_, value| !value.is_null());
    read
}

#[test]
fn a_java_service_reads_ours_as_it_reads_its_own() {
    let Some(peer) = Peer::found() else {
        return;
    };
    let (study, food, products) = (
        onlinestudy::system(),
        breakfast::system(),
        productdelivery::system(),
    );
    let course = json!({
        "id": 1, "orderNo": "01", "orderdate": 1_625_011_200_000_i64, "begindate": null, "status": "강좌주문",
    });
    let shipped = json!({"id": 1, "status": "Delivery Start", "orderId": 1375});
    let ordered = json!({"id": 12, "item": "TV", "orderQty": 3, "quantity": 3, "price": 1000.0});
    let told = peer.read(&[
        as_sent(&record(&study, "CourseOrdered", &course)),
        as_sent(&record(&food, "Shipped", &shipped)),
        as_sent(&record(&products, "Ordered", &ordered)),
    ]);
    let old_headers = json!({"contentType": "application/json"});
    assert_eq!(told[0]["seen"], old_headers);
    assert_eq!(
        read(&told[0]),
        json!({
            "eventType": "CourseOrdered", "timestamp": "20210119203304", "id": 1, "orderNo": "01",
            "orderdate": 1_625_011_200_000_i64, "status": "강좌주문",
        })
    );
    assert_eq!(told[1]["seen"], old_headers);
    assert_eq!(
        read(&told[1]),
        json!({
            "eventType": "Shipped", "timestamp": "20210119203304", "id": 1, "orderId": 1375,
            "status": "Delivery Start", "me": true,
        })
    );
    assert_eq!(
        told[2]["seen"],
        json!({"contentType": "application/json", "type": "Ordered"})
    );
    assert_eq!(
        read(&told[2]),
        json!({
            "eventType": "Ordered", "timestamp": "1611088384123", "id": 12, "item": "TV",
            "quantity": 3, "orderQty": 3, "price": 1000.0,
        })
    );
}

/// As it came out of a broker, whoever put it in.
fn heard(system: &System, told: &Value) -> bus_kafka::record::Decoded {
    let headers = told["headers"].as_object().unwrap();
    Records::of(system).decode(&Consumed {
        partition: i32::try_from(told["partition"].as_i64().unwrap()).unwrap(),
        offset: told["offset"].as_i64().unwrap(),
        at: None,
        key: told["key"].as_str().map(str::as_bytes),
        value: told["value"].as_str().map(str::as_bytes),
        headers: headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()))
            .collect(),
    })
}

#[test]
fn on_one_topic_both_formats_and_ours_go_through_a_broker_and_are_understood() {
    let (Some(peer), Some(kafka)) = (Peer::found(), Kafka::shared()) else {
        return;
    };
    let system = productdelivery::system();
    let topic = format!("interop-{}", std::process::id());
    peer.create(kafka.bootstrap(), &topic, 1);
    let ordered = json!({"id": 12, "item": "TV", "orderQty": 3, "quantity": 3, "price": 1000.0});
    let ours = record(&system, "Ordered", &ordered);
    let old = r#"{"eventType":"DeliveryStarted","timestamp":"20210119203304","id":1,"orderId":46,"address":"서울","me":true}"#;
    let new = r#"{"eventType":"Ordered","timestamp":1667796276000,"id":12,"item":"TV","quantity":null,"status":"0","price":10}"#;
    let quoted = json!({"contentType": "\"application/json\"", "type": "\"Ordered\""});
    let sent = [
        json!({"value": old}),
        json!({"value": new, "headers": quoted}),
        as_sent(&ours),
        json!({"value": "no event"}),
    ];
    let places = peer.produce(kafka.bootstrap(), &topic, &sent);
    assert_eq!(places, [(0, 0), (0, 1), (0, 2), (0, 3)]);

    let told = peer.consume(kafka.bootstrap(), &topic, "notice", (4, 60));
    assert_eq!(told.len(), 4);
    let heard: Vec<_> = told.iter().map(|told| heard(&system, told)).collect();
    let place = "capstoneproductmanage/0".to_owned();
    let foreign = Teller::Foreign { place };
    assert_eq!(heard[0].teller, foreign);
    assert_eq!(heard[0].stored.event.event_type, "DeliveryStarted");
    assert_eq!(heard[1].teller, foreign);
    assert_eq!(heard[1].stored.event.event_type, "Ordered");
    assert_eq!(heard[1].stored.event.at, 1_667_796_276_000);
    assert_eq!(heard[2].teller, Teller::Ours("order".to_owned()));
    assert_eq!(heard[2].stored.event.data, ordered.to_string());
    assert_eq!(heard[2].stored.position, 5);
    assert!(heard[3].fault.is_some());
    // The service that has only handlers for the header `type` hears ours.
    assert_eq!(told[2]["seen"]["type"], "Ordered");
    assert_eq!(told[2]["key"], "order-1");
}
