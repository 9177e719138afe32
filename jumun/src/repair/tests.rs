use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use store_sql::sqlite::DataFolder;

use super::*;
use crate::configuration::Secret;

#[test]
fn a_letter_is_named_as_it_is_listed() {
    let letter: Letter = "delivery/payment/17".parse().unwrap();
    assert_eq!(letter.to_string(), "delivery/payment/17");
    assert_eq!(letter.path(), "delivery/dead-letters/payment/17");
    assert_eq!(letter.told_by(), Some("payment"));
    let strange: Letter = "delivery/fruitsorenew/0/17".parse().unwrap();
    assert_eq!(strange.to_string(), "delivery/fruitsorenew/0/17");
    assert_eq!(strange.path(), "delivery/dead-letters/fruitsorenew/0/17");
    assert_eq!(strange.told_by(), None);
    for wrong in [
        "",
        "17",
        "delivery/17",
        "delivery/payment/x",
        "a/b/c/2",
        "a/b/1/1/2",
    ] {
        let error = wrong.parse::<Letter>().unwrap_err().to_string();
        assert!(error.contains("context/producer/position"), "{error}");
    }
}

fn parked(attempts: u32, retry_at: &Value, reason: &str) -> Parked {
    serde_json::from_value(json!({
        "producer": "payment", "position": 17, "type": "PaymentApproved", "kind": "payment",
        "id": 3, "correlation": "c-1", "at": 0, "attempts": attempts, "retryAt": retry_at,
        "reason": reason, "data": {"orderId": 5},
    }))
    .unwrap()
}

#[test]
fn only_those_given_up_on_are_dead() {
    assert!(parked(9, &Value::Null, "no such order").is_dead());
    assert!(
        !parked(9, &json!(1), "no such order").is_dead(),
        "being retried"
    );
    for known in ["", "is no JSON"] {
        let waiting = parked(0, &Value::Null, known);
        assert!(!waiting.is_dead(), "waiting behind another");
        assert!(waiting.line("delivery").contains("waits behind"));
        assert!(waiting.page("delivery").contains(known));
    }
}

#[test]
fn no_terminal_obeys_what_a_letter_says() {
    let hostile = "a\u{1b}[2J\u{9b}2J\u{202e}\ndata  b";
    let mut letter = parked(9, &Value::Null, hostile);
    letter.data = json!({"note": hostile});
    let line = letter.line("delivery");
    assert!(
        line.chars().all(|c| !c.is_control() && c != '\u{202e}'),
        "{line:?}"
    );
    let page = letter.page("delivery");
    assert!(
        page.chars()
            .all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'),
        "{page:?}"
    );
    assert_eq!(
        page.lines()
            .filter(|line| line.starts_with("data "))
            .count(),
        1,
        "{page}"
    );
}

#[test]
fn a_letter_s_page_says_what_it_is_and_why_it_is_here() {
    let page = parked(9, &Value::Null, "no such order").page("delivery");
    for word in [
        "delivery/payment/17",
        "PaymentApproved",
        "given up on after 9 attempts",
        "no such order",
        "\"orderId\": 5",
        "1970-01-01T00:00:00.000Z",
    ] {
        assert!(page.contains(word), "{word} is missing:\n{page}");
    }
}

#[test]
fn the_word_that_a_running_system_leaves_is_for_its_own_user_alone() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(Word::of_system(data.path()), None);

    let mut folder = DataFolder::claim(data.path()).unwrap();
    assert_eq!(
        Word::of_system(data.path()),
        Some(None),
        "claimed, and not yet to be asked"
    );

    let word = Word {
        url: "http://127.0.0.1:8088".to_owned(),
        token: Secret::new("0123456789abcdef"),
    };
    word.leave(&mut folder).unwrap();
    assert_eq!(Word::of_system(data.path()), Some(Some(word)));
    let mode = std::fs::metadata(data.path().join("jumun.lock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    drop(folder);
    assert_eq!(Word::of_system(data.path()), None, "nobody runs any more");
}

#[test]
fn a_no_is_said_with_its_reason() {
    let no = understood((
        StatusCode::CONFLICT,
        json!({"detail": "3 events are parked"}),
    ));
    assert!(no.unwrap_err().to_string().contains("3 events are parked"));
    let yes = understood((StatusCode::OK, json!({"events": 7})));
    assert_eq!(yes.unwrap()["events"], 7);
}
