use tokio::sync::watch;

use super::Horizon;

#[test]
fn who_listens_to_nobody_has_heard_everything() {
    assert_eq!(Horizon::of(&[]).reached(1_000), 1_000);
}

#[test]
fn the_one_heard_least_decides() {
    let horizon = Horizon::of(&["order", "payment"]);
    assert_eq!(horizon.reached(1_000), 0, "nobody has been heard");
    let (order, payment) = (watch::Sender::new(9), watch::Sender::new(4));
    horizon.listens("order", order.subscribe());
    horizon.listens("payment", payment.subscribe());
    assert_eq!(
        horizon.reached(1_000),
        0,
        "somebody listens, and nothing has been taken in"
    );
    horizon.heard("order", 9, Some(500));
    horizon.heard("payment", 3, Some(300));
    assert_eq!(
        horizon.reached(1_000),
        299,
        "one event of payment is still to come"
    );
    horizon.heard("payment", 4, Some(310));
    assert_eq!(horizon.reached(1_000), 1_000, "all has been taken in");
    order.send_replace(10);
    assert_eq!(horizon.reached(2_000), 499, "there is news");
}

#[test]
fn an_empty_log_has_been_heard_once_it_was_looked_at() {
    let horizon = Horizon::of(&["order"]);
    let order = watch::Sender::new(0);
    horizon.listens("order", order.subscribe());
    assert_eq!(horizon.reached(1_000), 0);
    horizon.heard("order", 0, None);
    assert_eq!(horizon.reached(1_000), 1_000);
}

#[test]
fn the_lag_is_what_has_been_told_and_not_taken_in() {
    let horizon = Horizon::of(&["order"]);
    assert_eq!(horizon.lag("order"), None);
    let order = watch::Sender::new(5);
    horizon.listens("order", order.subscribe());
    assert_eq!(horizon.lag("order"), Some(5));
    horizon.heard("order", 5, None);
    order.send_replace(7);
    assert_eq!(horizon.lag("order"), Some(2));
}
