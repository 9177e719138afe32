//! What customers are usually promised.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::By;

/// What was answered yes about orders, or whatever is ordered here; for a
/// [`Trial`](super::Trial)'s promises, or as a part of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders {
    /// Those that were made, each with the mark it was made with.
    pub(crate) placed: BTreeMap<i64, String>,
    /// Those that were canceled.
    pub(crate) canceled: BTreeSet<i64>,
    /// Those that were brought to a good end, e.g. delivered.
    pub(crate) completed: BTreeSet<i64>,
}

impl Orders {
    /// Notes an order that was answered 201. No number is given twice.
    #[track_caller]
    pub(crate) fn place(&mut self, order: i64, mark: String) {
        let known = self.placed.insert(order, mark);
        let mark = &self.placed[&order];
        assert_eq!(known, None, "order {order} was given twice, now for {mark}");
    }

    /// I3: a word on every placed order that is not in the books, or `is` not what was ordered with
    /// its mark.
    pub(crate) fn gone(&self, books: &By<'_>, is: impl Fn(&Value, &str) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        for (order, mark) in &self.placed {
            match books.one(order) {
                Err(error) => {
                    wrong.push(format!("order {order} was answered, and is gone: {error}"));
                }
                Ok(found) if !is(found, mark) => {
                    wrong.push(format!("order {order} was {mark} and is {found}"));
                }
                Ok(_) => {}
            }
        }
        wrong
    }

    /// I3: a word on every order whose cancel was answered and that `is` not canceled in the books.
    pub(crate) fn not_canceled(&self, books: &By<'_>, is: impl Fn(&Value) -> bool) -> Vec<String> {
        not_so(&self.canceled, "canceled", books, is)
    }

    /// I3: as [`Orders::not_canceled`], with those that were completed.
    pub(crate) fn not_completed(&self, books: &By<'_>, is: impl Fn(&Value) -> bool) -> Vec<String> {
        not_so(&self.completed, "completed", books, is)
    }
}

fn not_so(
    orders: &BTreeSet<i64>,
    answered: &str,
    books: &By<'_>,
    is: impl Fn(&Value) -> bool,
) -> Vec<String> {
    orders
        .iter()
        .filter_map(|order| match books.one(order) {
            Ok(found) if is(found) => None,
            Ok(found) => Some(format!(
                "order {order} was answered as {answered}, and is {found}"
            )),
            Err(error) => Some(format!("order {order} was answered as {answered}: {error}")),
        })
        .collect()
}

impl fmt::Display for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} orders placed, {} canceled, {} completed",
            self.placed.len(),
            self.canceled.len(),
            self.completed.len(),
        )
    }
}
