//! What is looked for in the books of every system is noticed.

use serde_json::{Value, json};

use super::Books;

fn told(context: &str, position: i64, causation: &str) -> Value {
    json!({
        "context": context, "position": position, "type": "Happened", "kind": "thing", "id": 7,
        "correlation": "keyed-1-1", "causation": causation, "data": {},
    })
}

/// A request's event, and two that it causes.
fn in_line() -> Books {
    let mut books = Books::default();
    books.events = vec![
        told("order", 1, "b1946ac9-17"),
        told("payment", 1, "order-1"),
        told("delivery", 1, "order-1"),
    ];
    books
}

#[test]
fn nothing_is_said_of_books_that_are_in_line() {
    let books = in_line();
    assert_eq!(books.effects().count(), 2);
    assert_eq!(books.caused_again(), Vec::<String>::new());
    assert_eq!(books.caused_by_nothing(), Vec::<String>::new());
    assert_eq!(books.lost(&["keyed-1-1".to_owned()]), Vec::<String>::new());
}

#[test]
fn an_effect_that_happened_twice_is_noticed() {
    let mut books = in_line();
    books.events.push(told("payment", 2, "order-1"));
    let wrong = books.caused_again();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].contains("2 times"), "{wrong:?}");
}

#[test]
fn an_effect_of_an_event_that_is_gone_is_noticed() {
    let mut books = in_line();
    books.events.push(told("payment", 2, "order-2"));
    assert_eq!(books.caused_by_nothing().len(), 1);
}

#[test]
fn an_answer_without_an_event_is_noticed() {
    let wrong = in_line().lost(&["keyed-1-1".to_owned(), "once-1-2".to_owned()]);
    assert_eq!(wrong, ["once-1-2 was answered, and is lost"]);
}
