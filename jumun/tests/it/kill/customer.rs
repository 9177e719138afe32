//! Somebody who goes on asking, whatever is killed meanwhile.

use serde_json::Value;

use super::Trial;
use super::town::Town;
use crate::waiting::{PATIENCE, within};
use crate::wire::{Answer, Connection, Request};

/// One of several, each on a thread and a connection of its own.
pub(crate) struct Customer<'a, T: Trial> {
    /// Different for each: 0, 1, …
    pub(crate) name: u64,
    /// Every choice is made with this.
    pub(crate) random: fastrand::Rng,
    /// Own orders, or whatever is bought here, that stand as far as is known.
    pub(crate) orders: Vec<i64>,
    town: &'a Town<T::Promises>,
    connection: Option<Connection>,
    marks: u64,
}

impl<'a, T: Trial> Customer<'a, T> {
    pub(super) fn new(name: u64, seed: u64, town: &'a Town<T::Promises>) -> Self {
        Self {
            name,
            random: fastrand::Rng::with_seed(seed),
            orders: Vec::new(),
            town,
            connection: None,
            marks: 0,
        }
    }

    pub(super) fn live(mut self) {
        let whoever_gives_up_stops_them_all = self.town.closes();
        while !self.town.is_closing() {
            T::step(&mut self);
        }
        drop(whoever_gives_up_stops_them_all);
    }

    /// A word that nobody has used before, e.g. `keyed-2-17`: what is made with it is made once.
    fn mark(&mut self, sort: &str) -> String {
        self.marks += 1;
        format!("{sort}-{}-{}", self.name, self.marks)
    }

    /// Posts what `body` makes of a mark that nobody else has, which is also its correlation id:
    /// see [`Books::made_again`](super::Books::made_again). Half of the time it is asked under an
    /// `Idempotency-Key` until it is answered; otherwise once, for a second try would be a second
    /// order. The mark and the answer, if there is one.
    pub(crate) fn create(
        &mut self,
        path: &str,
        body: impl FnOnce(&mut Self, &str) -> Value,
    ) -> Option<(String, Answer)> {
        let keyed = self.random.bool();
        let mark = self.mark(if keyed { "keyed" } else { "once" });
        let body = body(self, &mark);
        let request = Request::post(path, &body).header("X-Correlation-Id", &mark);
        self.town.counts.wanted.one();
        let answer = if keyed {
            self.insist(&request.header("Idempotency-Key", &mark))
        } else {
            self.ask(&request)?
        };
        if answer.status == 201 {
            self.town.made(&mark);
        }
        Some((mark, answer))
    }

    /// Asks once. `None` is no answer, or 502 to 504: it may or may not have been done, and asked
    /// again without a key it may be done twice.
    pub(crate) fn ask(&mut self, request: &Request) -> Option<Answer> {
        let answer = self.try_once(request)?;
        if matches!(answer.status, 502..=504) {
            self.town.counts.refused.one();
            return None;
        }
        self.town.counts.answered.one();
        Some(answer)
    }

    /// Asks until there is an answer other than 502 to 504. For requests
    /// that may be carried out several times with the same result; others need a key.
    pub(crate) fn insist(&mut self, request: &Request) -> Answer {
        let mut first = true;
        within(PATIENCE * 2, &format!("an answer to {request:?}"), || {
            if !std::mem::take(&mut first) {
                self.town.counts.again.one();
            }
            self.ask(request).ok_or_else(|| "none".to_owned())
        })
    }

    /// One of the [own orders](Customer::orders).
    pub(crate) fn any_order(&mut self) -> Option<i64> {
        self.random.choice(&self.orders).copied()
    }

    /// It does not stand any more.
    pub(crate) fn forget(&mut self, order: i64) {
        self.orders.retain(|standing| *standing != order);
    }

    /// Notes down what was answered, or looks it up.
    pub(crate) fn promises<R>(&self, with: impl FnOnce(&mut T::Promises) -> R) -> R {
        self.town.promises(with)
    }

    fn try_once(&mut self, request: &Request) -> Option<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => match Connection::open(self.town.address(&mut self.random)) {
                Ok(connection) => connection,
                Err(_) => {
                    self.town.counts.nobody.one();
                    return None;
                }
            },
        };
        match connection.send(request) {
            Ok(answer) => {
                self.connection = Some(connection);
                Some(answer)
            }
            Err(_) => {
                self.town.counts.cut_off.one();
                None
            }
        }
    }
}
