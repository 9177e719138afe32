//! Somebody who orders, thinks better of it, asks, and is handed over what was ordered.

use serde_json::{Value, json};

use super::town::Town;
use crate::shop::id_of;
use crate::wire::{Answer, Connection, Request};

pub(super) struct Customer<'a> {
    name: u64,
    random: fastrand::Rng,
    town: &'a Town,
    connection: Option<Connection>,
    /// How often something was ordered: every attempt has a mark of its own.
    attempts: u64,
    /// Own orders that stand, as far as is known.
    orders: Vec<i64>,
}

impl<'a> Customer<'a> {
    pub(super) fn new(name: u64, seed: u64, town: &'a Town) -> Self {
        Self {
            name,
            random: fastrand::Rng::with_seed(seed),
            town,
            connection: None,
            attempts: 0,
            orders: Vec::new(),
        }
    }

    pub(super) fn live(mut self) {
        while !self.town.is_closing() {
            match self.random.u8(0..100) {
                0..35 => self.order(false),
                35..65 => self.order(true),
                65..78 => self.cancel(),
                78..88 => self.take_delivery(),
                88.. => self.look(),
            }
        }
    }

    /// Asks once; `None` is no answer: it may or may not have been done.
    fn ask(&mut self, request: &Request) -> Option<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.town.address()).ok()?,
        };
        match connection.send(request) {
            Ok(answer) => {
                self.connection = Some(connection);
                self.town.answered();
                Some(answer)
            }
            Err(_) => {
                self.town.cut_off();
                None
            }
        }
    }

    /// Asks until there is an answer.
    fn insist(&mut self, request: &Request) -> Answer {
        loop {
            match self.ask(request) {
                Some(answer) if answer.status == 503 => self.town.refused(),
                Some(answer) => return answer,
                None => {}
            }
        }
    }

    /// With a key it is asked until it is answered; without, once: a second try would be a second
    /// order.
    fn order(&mut self, keyed: bool) {
        self.attempts += 1;
        let sort = if keyed { "keyed" } else { "once" };
        let mark = format!("{sort}-{}-{}", self.name, self.attempts);
        let body = json!({
            "userId": self.name,
            "prodNm": mark,
            "qty": self.random.i32(1..=10_000),
            "price": self.random.i32(0..=1_000_000),
            "address": "경기도 성남시",
        });
        let request = Request::post("/orders", &body);
        let answer = if keyed {
            self.insist(&request.header("Idempotency-Key", &mark))
        } else {
            match self.ask(&request) {
                Some(answer) if answer.status == 503 => return self.town.refused(),
                Some(answer) => answer,
                None => return,
            }
        };
        let order = answer.expect(201).id();
        self.orders.push(order);
        let known = self
            .town
            .promises(|promises| promises.placed.insert(order, mark.clone()));
        assert!(
            known.is_none(),
            "order {order} was given twice, for {known:?} and {mark}"
        );
    }

    fn any_order(&mut self) -> Option<i64> {
        self.random.choice(&self.orders).copied()
    }

    fn cancel(&mut self) {
        let Some(order) = self.any_order() else {
            return;
        };
        let answer = self.insist(&Request::new("DELETE", &format!("/orders/{order}")));
        if answer.status == 409 {
            assert_eq!(answer.json()["code"], "order-delivered", "{answer}");
        } else {
            answer.expect(204);
            self.town
                .promises(|promises| promises.canceled.insert(order));
        }
        self.orders.retain(|standing| *standing != order);
    }

    fn take_delivery(&mut self) {
        let Some(order) = self.any_order() else {
            return;
        };
        let path = format!("/deliveries/search/findByOrderId?orderId={order}");
        let found = self.insist(&Request::get(&path));
        if found.status == 404 {
            return;
        }
        let delivery = found.expect(200).json();
        if delivery["orderId"] != order {
            return;
        }
        let path = format!("/deliveries/{}", id_of(&delivery));
        let complete = Request::new("PATCH", &path).json(&json!({"deliveryStatus": "배송완료"}));
        let answer = self.insist(&complete);
        if answer.status == 409 {
            let code = answer.json()["code"].take();
            let canceled = code == "order-canceled" || code == "delivery-canceled";
            assert!(canceled, "{answer}");
        } else {
            assert_eq!(answer.expect(200).json()["deliveryStatus"], "배송완료");
            self.town
                .promises(|promises| promises.completed.insert(order));
        }
    }

    /// What was answered can be seen from then on, kills or not (I3).
    fn look(&mut self) {
        let Some(order) = self.any_order() else {
            return;
        };
        let seen = self
            .insist(&Request::get(&format!("/orders/{order}")))
            .expect(200)
            .json();
        assert_eq!(seen["userId"], self.name, "{seen}");
        let row = self.insist(&Request::get(&format!(
            "/myPages/search/findByOrderId?orderId={order}"
        )));
        if row.status != 404 {
            let row: Value = row.expect(200).json();
            assert_eq!(row["orderId"], order, "{row}");
        }
    }
}
