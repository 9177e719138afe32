use testkit::{given, given_nothing};

use super::*;

fn parcel() -> Parcel {
    Parcel {
        order_id: 1,
        address: None,
        total_quantity: Some(3),
        itemcd: Some("tv".to_owned()),
        order_qty: Some(3),
        status: ProductStatus::Started,
    }
}

fn to_seoul() -> ProductCommand {
    ProductCommand::Ship {
        order_id: Some(1),
        address: Some("서울".to_owned()),
    }
}

fn started() -> ProductEvent {
    let parcel = parcel();
    DeliveryStarted { id: 1, parcel }.into()
}

fn completed() -> ProductEvent {
    let parcel = parcel().now(ProductStatus::Completed);
    DeliveryCompleted { id: 1, parcel }.into()
}

fn canceled() -> ProductEvent {
    let parcel = parcel().now(ProductStatus::Canceled);
    DeliveryCanceled { id: 1, parcel }.into()
}

#[test]
fn a_delivery_starts_when_its_order_is_paid_and_is_completed_once() {
    given_nothing::<Product>()
        .when(ProductCommand::Start(parcel()))
        .then([started()])
        .when(ProductCommand::Start(parcel()))
        .then_no_news()
        .when(ProductCommand::Complete)
        .then([completed()])
        .when(ProductCommand::Complete)
        .then_no_news();
}

#[test]
fn the_team_says_where_to_once() {
    let addressed = parcel().addressed(1, "서울".to_owned());
    given::<Product>([started()])
        .when(to_seoul())
        .then([addressed.into()])
        .when(to_seoul())
        .then_no_news()
        .when(ProductCommand::Ship {
            order_id: None,
            address: None,
        })
        .then_no_news();
}

#[test]
fn what_the_team_has_said_before_the_handover_is_no_news_after_it() {
    let addressed = parcel().addressed(1, "서울".to_owned());
    let handed_over = addressed.parcel.now(ProductStatus::Completed);
    let completed = DeliveryCompleted {
        id: 1,
        parcel: handed_over,
    };
    given::<Product>([started(), addressed.into(), completed.into()])
        .when(to_seoul())
        .then_no_news()
        .when(ProductCommand::Ship {
            order_id: Some(1),
            address: Some("부산".to_owned()),
        })
        .then_refused("delivery-completed");
}

#[test]
fn what_is_not_paid_or_was_canceled_or_completed_is_not_shipped() {
    given_nothing::<Product>()
        .when(to_seoul())
        .then_refused("order-not-paid");
    given::<Product>([started(), canceled()])
        .when(to_seoul())
        .then_refused("delivery-canceled");
    given::<Product>([started(), completed()])
        .when(to_seoul())
        .then_refused("delivery-completed");
}

#[test]
fn a_refund_stops_a_delivery_that_is_not_completed() {
    given::<Product>([started()])
        .when(ProductCommand::Cancel(1))
        .then([canceled()])
        .when(ProductCommand::Cancel(1))
        .then_no_news()
        .when(ProductCommand::Complete)
        .then_refused("delivery-canceled");
    given::<Product>([started(), completed()])
        .when(ProductCommand::Cancel(1))
        .then_refused("delivery-completed");
}

#[test]
fn a_refund_that_comes_first_stays() {
    let parcel_unknown = Parcel::never_started(1);
    given_nothing::<Product>()
        .when(ProductCommand::Cancel(1))
        .then([DeliveryCanceled {
            id: 1,
            parcel: parcel_unknown,
        }
        .into()])
        .when(ProductCommand::Start(parcel()))
        .then_no_news();
}

#[test]
fn a_delivery_that_has_not_started_is_waited_for() {
    given_nothing::<Product>()
        .when(ProductCommand::Complete)
        .then_refused("delivery-unknown");
}

#[test]
fn the_team_sets_completed_or_says_where_to() {
    let set = |status, address: Option<&str>| {
        let address = address.map(str::to_owned);
        ProductForm { status, address }.checked()
    };
    let ship = |address: Option<&str>| ProductCommand::Ship {
        order_id: None,
        address: address.map(str::to_owned),
    };
    let (started, completed) = (ProductStatus::Started, ProductStatus::Completed);
    assert_eq!(set(Some(completed), None), Ok(ProductCommand::Complete));
    assert_eq!(set(Some(started), None), Ok(ship(None)));
    assert_eq!(set(None, Some("서울")), Ok(ship(Some("서울"))));
    let refused = |status, address| set(status, address).unwrap_err().code;
    assert_eq!(refused(None, None), "nothing-to-change");
    assert_eq!(refused(Some(completed), Some("서울")), "address-too-late");
    assert_eq!(
        refused(Some(ProductStatus::Canceled), None),
        "status-not-yours"
    );
}

#[test]
fn a_shipping_form_is_checked() {
    let form = |order_id, address| ShippingForm { order_id, address };
    assert_eq!(
        form(0, None).checked().unwrap_err().code,
        "order-id-invalid"
    );
    let long = Some("가".repeat(501));
    assert_eq!(form(1, long).checked().unwrap_err().code, "text-too-long");
}

#[test]
fn only_completing_what_is_underway_asks_the_order() {
    let asks =
        |product: &Product, command| completing_asks_order_to_close(1, product, &command).is_some();
    let underway = Product::Underway(parcel());
    assert!(asks(&underway, ProductCommand::Complete));
    assert!(!asks(&underway, ProductCommand::Cancel(1)));
    assert!(!asks(&Product::New, ProductCommand::Complete));
    assert!(!asks(
        &Product::Completed(parcel()),
        ProductCommand::Complete
    ));
}
