use testkit::{given, given_nothing};

use super::*;

fn lee() -> Profile {
    Profile {
        name: "lee".to_owned(),
        phone: Some("010".to_owned()),
        address: Some("seoul".to_owned()),
        age: Some(29),
    }
}

fn registered() -> CustomerEvent {
    let profile = lee();
    Registerd { id: 1, profile }.into()
}

fn change(body: &serde_json::Value) -> CustomerCommand {
    CustomerCommand::Change(storm::lenient::from_value(body).unwrap())
}

#[test]
fn a_customer_signs_up() {
    given_nothing::<Customer>()
        .when(CustomerCommand::Register(lee()))
        .then([registered()])
        .when(CustomerCommand::Register(lee()))
        .then_refused("customer-exists");
}

#[test]
fn a_change_keeps_what_is_not_sent_and_null_takes_away() {
    let moved = Profile {
        phone: None,
        address: Some("busan".to_owned()),
        ..lee()
    };
    given::<Customer>([registered()])
        .when(change(
            &serde_json::json!({"address": "busan", "phone": null}),
        ))
        .then([Updated {
            id: 1,
            profile: moved.clone(),
        }
        .into()])
        .when(CustomerCommand::Replace(moved))
        .then_no_news()
        .when(change(&serde_json::json!({"name": " "})))
        .then_refused("name-missing")
        .when(change(&serde_json::json!({"name": null})))
        .then_refused("unreadable");
}

#[test]
fn who_has_withdrawn_is_gone() {
    let gone = given::<Customer>([registered()])
        .when(CustomerCommand::Withdraw)
        .then([Withdrawed {
            id: 1,
            profile: lee(),
        }
        .into()]);
    assert_eq!(gone.state().shown(), None);
    gone.when(CustomerCommand::Withdraw)
        .then_refused("customer-unknown")
        .when(CustomerCommand::Replace(lee()))
        .then_refused("customer-unknown")
        .when(CustomerCommand::Register(lee()))
        .then_refused("customer-exists");
}

#[test]
fn what_makes_no_sense_is_refused_with_its_field() {
    let long = "가".repeat(LONGEST_ADDRESS + 1);
    for (profile, field, code) in [
        (
            Profile {
                name: " ".to_owned(),
                ..lee()
            },
            "name",
            "name-missing",
        ),
        (
            Profile {
                address: Some(long),
                ..lee()
            },
            "address",
            "text-too-long",
        ),
        (
            Profile {
                age: Some(151),
                ..lee()
            },
            "age",
            "age-out-of-range",
        ),
    ] {
        let refusal = profile.checked().unwrap_err();
        assert_eq!(
            (refusal.field.as_deref(), &*refusal.code),
            (Some(field), code)
        );
    }
    let longest = Profile {
        address: Some("가".repeat(LONGEST_ADDRESS)),
        phone: None,
        age: None,
        ..lee()
    };
    assert_eq!(longest.clone().checked(), Ok(longest));
}
