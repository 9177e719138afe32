//! A larger system for the board: several aggregates and read models in one context, long names,
//! policies of the same commit, messages to people, actions by key.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Deadline, Decision, Id, Method, Nothing, Notification, ReadModel,
    Refusal, Resource, System, Tell,
};

#[derive(Clone, Debug)]
struct Go;

/// An aggregate that does whatever it is told, and what it tells.
macro_rules! aggregate {
    ($name:ident, $kind:literal, $events:ident { $($event:ident),+ }) => {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        struct $name {}

        $(
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            struct $event {
                id: Id,
            }
        )+

        storm::events! {
            enum $events { $($event),+ }
        }

        impl Aggregate for $name {
            const KIND: &'static str = $kind;
            type Command = Go;
            type Event = $events;

            fn decide(&self, me: Id, _: Go) -> Decision<$events> {
                Ok(vec![$($event { id: me }.into()),+])
            }

            fn evolve(self, _: &$events) -> Self {
                self
            }
        }
    };
}

aggregate!(
    Registration,
    "registration",
    RegistrationEvent {
        RegistrationOfACitizenForTheYearlyFestivalRequested,
        RegistrationConfirmed
    }
);
aggregate!(
    Seat,
    "좌석",
    SeatEvent {
        SeatTaken,
        SeatGivenBack
    }
);
aggregate!(Permit, "permit-of-stay", PermitEvent { PermitGiven });

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Row {
    id: Id,
}

fn go(_: Nothing) -> Result<Go, Refusal> {
    Ok(Go)
}

fn confirming_asks_town_hall_to_examine(
    _: Id,
    _: &Registration,
    _: &Go,
) -> Option<Ask<Registration>> {
    Some(Ask::permission(Method::Get, "/permits", &Nothing {}))
}

fn whenever_registration_confirmed_take_seat(confirmed: &RegistrationConfirmed) -> Tell<Seat> {
    Seat::by("registration", confirmed.id).tell(Go)
}

fn whenever_permit_given_confirm_registration(given: &PermitGiven) -> Tell<Registration> {
    Registration::by("permit", given.id).tell(Go)
}

fn tell_the_citizen_by_message_that_the_seat_is_taken(taken: &SeatTaken) -> Option<Notification> {
    Some(Notification {
        channel: "sms",
        to: taken.id.to_string(),
        text: "좌석".to_owned(),
    })
}

fn row(columns: &'static str) -> ReadModel<Row> {
    ReadModel::at(columns, "row", "id")
}

pub(crate) fn system() -> System {
    let registrations =
        Resource::<Registration>::at("festivalRegistrations", "registration", |r| Some(r.clone()))
            .found_by("permit")
            .listed_by("street")
            .searched_by("name")
            .create(go)
            .act_by_key("registerExaminationOfACitizen", go)
            .asks("town-hall", confirming_asks_town_hall_to_examine)
            .deadline(Deadline::new(
                "withoutAnswer",
                Duration::from_secs(3_600),
                |_| true,
                |_| false,
                || Go,
            ));
    let seats = Resource::<Seat>::at("좌석들", "좌석", |seat| Some(seat.clone()))
        .numbered_as("registration");
    let permits =
        Resource::<Permit>::at("permits", "permit", |permit| Some(permit.clone())).change(go);
    let overview = row("citizensRegistrationOverviews")
        .on(
            |e: &RegistrationOfACitizenForTheYearlyFestivalRequested| e.id,
            |_, _| {},
        )
        .on(|e: &SeatTaken| e.id, |_, _| {})
        .on(|e: &SeatGivenBack| e.id, |_, _| {})
        .removed_by(|e: &PermitGiven| e.id);
    System::new("축제", "festival", &[7_288])
        .context(
            Context::new("registrationOfFestivalVisitors", 7_281)
                .group("festival-registration")
                .aggregate(registrations)
                .aggregate(seats)
                .policy(whenever_permit_given_confirm_registration)
                .same_commit(whenever_registration_confirmed_take_seat)
                .notifies(tell_the_citizen_by_message_that_the_seat_is_taken)
                .read_model(row("좌석별신청현황조회").on(|e: &SeatTaken| e.id, |_, _| {})),
        )
        .context(Context::new("town-hall", 7_282).aggregate(permits))
        .context(Context::new("overview", 7_283).read_model(overview))
}
