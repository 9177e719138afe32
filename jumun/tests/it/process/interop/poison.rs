//! What Java writes and nobody can take in.

use serde_json::{Value, json};

use super::{Beside, record};
use crate::fruitstore::apples;
use crate::waiting::eventually;

/// `orderId` as it should be, or not.
fn approved(order: &str) -> String {
    format!(
        r#"{{"eventType":"PaymentApproved","timestamp":"20210224014034","payId":6,"orderId":{order},"userId":7181,"qty":2,"price":5000,"address":"경기도 성남시","orderStatus":null,"payStatus":"결제","me":true}}"#
    )
}

#[test]
fn what_cannot_be_taken_in_waits_with_its_successors_and_holds_up_nobody_else() {
    let Some(mut shop) = Beside::start("fruitstore", "payment") else {
        return;
    };
    let _desk = shop.java_says_yes();
    for _ in 0..3 {
        shop.ours.post("/orders", &apples()).expect(201);
    }
    let named = json!({"type": "\"PaymentApproved\""});
    let story = |value: &str| json!({"key": "story-1", "value": value});
    let places = shop.java.tells(&[
        // Of a wrong type, and what belongs to the same story.
        story(&approved("\"one\"")),
        story(&approved("1")),
        // Stories of their own.
        record("no JSON", &named),
        record("no JSON, and no name", &json!({})),
        record("[]", &json!({})),
        json!({"value": null}),
        record(&approved("2"), &json!({})),
        // Their handlers take an event without a name for theirs; so do ours, if a header has one.
        record(
            &approved("3").replace(r#""eventType":"PaymentApproved","#, ""),
            &named,
        ),
    ]);
    let underway = json!({"payStatus": "결제승인", "deliveryStatus": "배송시작"});
    for order in [2, 3] {
        shop.shows("myPages", order, &underway);
    }
    for context in ["delivery", "mypage"] {
        let held = shop.held_back(context);
        let held: Vec<&str> = held.lines().collect();
        // Positions begin at 1, offsets at 0.
        let place = |number: usize| format!("fruitsorenew/0/{}  ", places[number].1 + 1);
        let own = places[2].1;
        let reasons = [
            "PaymentApproved  story-1  unreadable: this PaymentApproved cannot be read: invalid type: string \"one\"",
            "PaymentApproved  story-1  waits behind one of its correlation id",
            &format!("PaymentApproved  fruitsorenew/0/{own}  unreadable: the record is no JSON"),
            "unreadable: the record is no JSON",
            "unreadable: the record is JSON, but no object",
            "unreadable: ",
        ];
        assert_eq!(held.len(), reasons.len(), "{held:#?}");
        for (number, (line, reason)) in held.iter().zip(reasons).enumerate() {
            assert!(
                line.contains(&place(number)) && line.contains(reason),
                "{line}"
            );
        }
        let unpaid = shop.shows("myPages", 1, &json!({"orderStatus": "주문신청"}));
        assert_eq!(unpaid["payStatus"], Value::Null, "{context}");
        // Whoever looks finds all that was written.
        let letters = |action: &str, letter: &str| {
            let command = ["dead-letters", "fruitstore", action, letter];
            shop.ours.command(&command).fine()
        };
        let letter = |line: &str| line.split_whitespace().next().unwrap().to_owned();
        let page = letters("show", &letter(held[2]));
        assert!(page.contains("no JSON"), "{page}");
        letters("retry", &letter(held[2]));
        letters("drop", &letter(held[0]));
        // Its successor goes by itself.
        eventually("three left", || match shop.held_back(context) {
            left if left.lines().count() == 4 => Ok(()),
            left => Err(left),
        });
    }
    shop.shows("myPages", 1, &underway);
    assert_eq!(shop.ours.count("deliveries"), 3);
    // Java, in the place of one of ours, cannot be asked. All others' letters are listed nevertheless.
    let all = shop.ours.command(&["dead-letters", "fruitstore"]);
    for context in ["delivery/", "mypage/"] {
        let listed = all.out.lines().filter(|line| line.starts_with(context));
        assert_eq!(listed.count(), 4, "{all:?}");
    }
    let err = all.failed();
    assert!(err.contains(shop.seat.place), "{err}");
}
