//! 장애격리: a context really down (not started, killed, frozen, or a zombie); what still works; back
//! again; caught up; nothing twice (I7).

use serde_json::json;

use crate::productdelivery::{CANCELED, COMPLETED, Company, STARTED, order};
use crate::stage::{Apart, Setup};

fn company() -> Apart {
    Setup::of_company().set("asks.sleep", "200ms").start_apart()
}

fn nothing_happened_twice(company: &Apart, orders: usize) {
    company.settle();
    for event in ["Ordered", "PayApproved", "DeliveryStarted"] {
        assert_eq!(company.told(event), orders, "{event}");
    }
    for collection in ["orders", "pays", "products", "myPages"] {
        assert_eq!(company.count(collection), orders as u64, "{collection}");
    }
    company.has_no_dead_letters();
    company.are_all_the_same_rebuilt();
}

// 알림 시스템은 주문/결제와 완전히 분리되어있으며, 이벤트 수신에 따라 처리되기 때문에, 알림 시스템이
// 유지보수로 인해 잠시 내려간 상태라도 주문을 받는데 문제가 없다.

#[test]
fn with_notice_down_orders_are_taken_and_everything_is_told_once_when_it_is_back() {
    let mut company = company();
    let before = company.place();
    company.customer_sees(before, STARTED);
    company.settle();
    company.kill("notice");
    let (kept, canceled) = (company.place(), company.place());
    company.customer_sees(kept, STARTED);
    company.customer_sees(canceled, STARTED);
    company.complete(kept).expect(200);
    company.cancel(canceled).expect(204);
    company.start("notice");
    nothing_happened_twice(&company, 3);
    assert_eq!(company.notices(before), ["DeliveryStarted", "Ordered"]);
    assert_eq!(
        company.notices(kept),
        [
            "DeliveryCompleted",
            "DeliveryStarted",
            "Ordered",
            "StockShort"
        ]
    );
    assert_eq!(
        company.notices(canceled),
        ["DeliveryStarted", "OrderCanceled", "Ordered"]
    );
}

// 결제시스템이 과중되면 사용자를 잠시동안 받지 않고 결제를 잠시후에 하도록 유도한다

#[test]
fn with_pay_gone_or_hanging_orders_are_refused_at_once_and_everything_else_goes_on() {
    let mut company = Setup::of_company()
        .set("asks.sleep", "200ms")
        .set_in("pay", "deadlines.capture", "300ms")
        .start_apart();
    let (kept, canceled) = (company.place(), company.place());
    company.customer_sees(kept, STARTED);
    company.customer_sees(canceled, STARTED);
    company.kill("pay");
    let refused = company.send(&order()).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    company.complete(kept).expect(200);
    company.cancel(canceled).expect(204);
    company.customer_sees(canceled, CANCELED);
    company.start("pay");
    company.pay_is(canceled, "PayCanceled");
    company.delivery_is(canceled, "Delivery Canceled");
    company.freeze("pay");
    company.send(&order()).expect(503);
    company.thaw("pay");
    let placed = company.until(&order(), 201).id();
    company.customer_sees(placed, STARTED);
    company.settle();
    assert_eq!(company.count("orders"), 3, "nothing half done");
    assert_eq!(company.told("PayApproved"), 3);
    assert_eq!(company.told("PayCanceled"), 1);
}

#[test]
fn with_the_product_team_gone_orders_are_taken_paid_and_canceled_and_it_catches_up() {
    let mut company = company();
    company.kill("product");
    let (kept, canceled) = (company.place(), company.place());
    company.cancel(canceled).expect(204);
    company.pay_is(kept, "0");
    company.pay_is(canceled, "PayCanceled");
    company.start("product");
    company.customer_sees(kept, STARTED);
    company.delivery_is(canceled, "Delivery Canceled");
    company.settle();
    assert_eq!(company.count("products"), 2);
    company.has_no_dead_letters();
}

#[test]
fn with_order_gone_nothing_is_handed_over_unasked_and_what_was_paid_goes_on() {
    let mut company = company();
    company.keep("tv", 10);
    let order = company.place();
    company.kill("order");
    company.delivery_is(order, STARTED);
    company.complete(order).expect(503);
    assert_eq!(company.stock("tv"), 10);
    company.start("order");
    company.customer_sees(order, STARTED);
    company.until(
        &crate::wire::Request::new("PATCH", &format!("/products/{order}"))
            .json(&json!({"status": COMPLETED})),
        200,
    );
    company.customer_sees(order, COMPLETED);
    assert_eq!(company.stock("tv"), 7);
    nothing_happened_twice(&company, 1);
}

#[test]
fn with_the_customer_centre_gone_nobody_waits_and_it_catches_up() {
    let mut company = company();
    let before = company.place();
    company.customer_sees(before, STARTED);
    company.kill("customercenter");
    let order = company.place();
    company.delivery_is(order, STARTED);
    company.complete(order).expect(200);
    company.start("customercenter");
    company.customer_sees(order, COMPLETED);
    nothing_happened_twice(&company, 2);
}

#[test]
fn a_zombie_says_that_it_is_ill_until_it_is_started_anew_and_loses_nothing() {
    let mut company = Setup::of_company().chaos().start_apart();
    let order = company.place();
    company.customer_sees(order, STARTED);
    let notice = company.context("notice");
    notice.get("/makeZombie").expect(200);
    assert_ne!(notice.get("/actuator/health/liveness").status, 200);
    let while_ill = company.place();
    company.customer_sees(while_ill, STARTED);
    company.kill("notice");
    company.start("notice");
    notice.get("/actuator/health/liveness").expect(200);
    nothing_happened_twice(&company, 2);
    for order in [order, while_ill] {
        assert_eq!(company.notices(order), ["DeliveryStarted", "Ordered"]);
    }
}
