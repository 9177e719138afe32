//! Our events survive the topic, and the originals' services find in them what they look for, in the
//! types that their classes have (`domains.md`).

use std::collections::BTreeSet;

use bus_kafka::record::{Consumed, Record, Records, Teller};
use serde_json::{Value, json};
use storm::store::{NewEvent, StoredEvent};
use storm::{Id, System, Verb};
use testkit::{Hearsay, Spoken};

/// A system that something happens in.
struct Story {
    system: fn() -> System,
    world: Hearsay,
}

impl Story {
    fn of(system: fn() -> System) -> Self {
        Self {
            system,
            world: Hearsay::of(system()),
        }
    }

    #[track_caller]
    fn ask(&mut self, verb: &Verb, collection: &str, id: Option<Id>, body: &Value) {
        let answer = self.world.request(collection, id, verb, body);
        assert!(answer.is_ok(), "{verb:?} {collection} {body}: {answer:?}");
        self.world.hear_all();
    }

    #[track_caller]
    fn post(&mut self, collection: &str, body: &Value) {
        self.ask(&Verb::Create, collection, None, body);
    }

    #[track_caller]
    fn patch(&mut self, collection: &str, id: Id, body: &Value) {
        self.ask(&Verb::Change, collection, Some(id), body);
    }

    #[track_caller]
    fn delete(&mut self, collection: &str, id: Id) {
        self.ask(&Verb::Remove, collection, Some(id), &Value::Null);
    }

    /// All that was told comes back as it was; and each of the originals' events was told, with the
    /// fields that are listed.
    #[track_caller]
    fn is_understood_as(&self, classes: &[&str]) {
        let records = Records::of(&(self.system)());
        let mut told = BTreeSet::new();
        for (number, spoken) in self.world.spoken().iter().enumerate() {
            let record = comes_back(records, number, spoken);
            told.insert(spoken.event_type);
            let value: Value = serde_json::from_str(&record.value).expect("JSON");
            assert_eq!(value["eventType"], spoken.event_type);
            for class in classes {
                if let Some(fields) = class.strip_prefix(&format!("{} ", spoken.event_type)) {
                    fields
                        .split_whitespace()
                        .for_each(|field| is_read(field, &value));
                }
            }
        }
        for class in classes {
            let (event_type, _) = class.split_once(' ').expect("fields");
            assert!(told.contains(event_type), "nobody has told {event_type}");
        }
    }
}

/// Encoded and decoded, an event is the same.
fn comes_back(records: Records, number: usize, spoken: &Spoken) -> Record {
    let stored = StoredEvent {
        position: Id::try_from(number).unwrap() + 1,
        event: NewEvent {
            event_type: spoken.event_type.to_owned(),
            kind: "anything".to_owned(),
            id: 4711,
            version: 3,
            correlation: format!("story-{number}"),
            causation: "order-1".to_owned(),
            trace: String::new(),
            at: 1_640_476_800_123,
            data: spoken.data.clone(),
        },
    };
    let record = records.encode(spoken.producer, &stored);
    let headers = record.headers.iter();
    let heard = records.decode(&Consumed {
        key: Some(record.key.as_bytes()),
        value: Some(record.value.as_bytes()),
        headers: headers
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect(),
        ..Consumed::default()
    });
    assert_eq!(heard.fault, None);
    assert_eq!(heard.teller, Teller::Ours(spoken.producer.to_owned()));
    assert_eq!(heard.stored, stored);
    record
}

/// Whether the originals' library makes of a field what its class says, `name:TYPE`, in the letters of
/// `domains.md`; with `!`, their service needs it.
fn is_read(field: &str, value: &Value) {
    let (name, of) = field.split_once(':').expect("name:TYPE");
    let found = value.get(name).unwrap_or(&Value::Null);
    let (of, needed) = of.strip_suffix('!').map_or((of, false), |of| (of, true));
    let fits = match of {
        "L" | "D" => found.is_i64(),
        "I" => found.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        "F" => found.is_number(),
        "B" => found.is_boolean(),
        "S" => found.is_string(),
        other => panic!("{other} is no type"),
    };
    assert!(
        fits || (found.is_null() && !needed),
        "{name} should be {of} in {value}"
    );
}

#[test]
fn of_the_fruit_shop() {
    let mut shop = Story::of(fruitstore::system);
    shop.post(
        "orders",
        &json!({"userId": 7181, "prodNm": "사과", "qty": 2, "price": 5000, "address": "성남"}),
    );
    shop.delete("orders", 1);
    shop.is_understood_as(&[
        "OrderPlaced orderId:L! userId:L! prodNm:S! qty:I! price:I! address:S! orderStatus:S!",
        "PaymentApproved payId:L! orderId:L! userId:L! price:I! address:S! payStatus:S!",
        "OrderCanceled orderId:L! userId:L! prodNm:S! qty:I! price:I! orderStatus:S!",
        "PaymentCanceled payId:L! orderId:L! userId:L! price:I! payStatus:S!",
        "DeliveryStarted orderId:L! deliveryStatus:S!",
        "DeliveryCanceled orderId:L! deliveryStatus:S!",
    ]);
}

#[test]
fn of_online_study() {
    let mut school = Story::of(onlinestudy::system);
    let order = json!({
        "orderNo": "01", "courseNo": "01", "phonenum": "01011111111",
        "orderdate": "20210630", "begindate": "2021-07-01", "enddate": "2021-08-31T00:00:00.000+0000",
    });
    school.post("orderManagements", &order);
    school.patch("learningManagements", 1, &json!({"managername": "조상임"}));
    school.patch(
        "learningEvaluations",
        1,
        &json!({"endFlg": true, "score": "90"}),
    );
    school.delete("orderManagements", 1);
    school.is_understood_as(&[
        "CourseOrdered id:L! orderNo:S! courseNo:S! phonenum:S! orderdate:D! begindate:D! enddate:D! score:S status:S!",
        "CourseOrderCanceled id:L! orderNo:S! phonenum:S! status:S!",
        "EvaluationRegistered id:L! orderNo:S! score:S!",
        "LearningManagementStarted id:L! orderNo:S! courseNo:S! phonenum:S! begindate:D! enddate:D! status:S!",
        "LearningManagementCanceled id:L! orderNo:S! phonenum:S! status:S!",
        "EvaluationScoreRegistered id:L! orderNo:S! score:S!",
    ]);
}

#[test]
fn of_bidding() {
    let mut tenders = Story::of(bidding::system);
    tenders.post(
        "biddingManagements",
        &json!({
            "noticeNo": "n01", "title": "title01", "dueDate": "2021-07-14", "price": 3_000_000,
            "demandOrgNm": "서울시청", "bizInfo": "info", "qualifications": "any",
        }),
    );
    tenders.patch(
        "biddingParticipations",
        1,
        &json!({
            "noticeNo": "n01", "participateNo": "p01", "companyNo": "c01", "companyNm": "doremi",
            "participateDate": "20210714", "offerPrice": 2_999_999, "offerContents": "all",
            "feePaymentFlag": true, "phoneNumber": "01012345678",
        }),
    );
    let result = json!({"priceScore": 80, "skillScore": 70, "successBidderFlag": true});
    tenders.patch("biddingExaminations", 1, &result);
    tenders.delete("biddingManagements", 1);
    tenders.is_understood_as(&[
        "NoticeRegistered id:L! noticeNo:S! title:S! dueDate:D! price:I! demandOrgNm:S! bizInfo:S! qualifications:S! succBidderNm:S",
        "SuccessBidderRegistered id:L! noticeNo:S! title:S! demandOrgNm:S! succBidderNm:S! phoneNumber:S!",
        "NoticeCanceled id:L! noticeNo:S! title:S!",
        "BiddingParticipated id:L! noticeNo:S! participateNo:S! companyNo:S! companyNm:S! participateDate:D! offerPrice:I! offerContents:S! feePaymentFlag:B! phoneNumber:S!",
        "BiddingParticipationCanceled id:L! noticeNo:S! participateNo:S!",
        "ExaminationResultRegistered id:L! noticeNo:S! participateNo:S! priceScore:I! skillScore:I! successBidderFlag:B! comapanyNm:S phoneNumber:S!",
    ]);
}

#[test]
fn of_product_delivery() {
    let mut company = Story::of(productdelivery::system);
    company.post("inventories", &json!({"item": "tv", "stock": 10}));
    let order = json!({"item": "tv", "orderQty": 3, "status": "0", "price": 1000});
    company.post("orders", &order);
    company.delete("orders", 1);
    company.post("orders", &order);
    company.patch("products", 2, &json!({"status": "Delivery Completed"}));
    company.is_understood_as(&[
        "Ordered id:L! item:S! quantity:I! status:S! price:F!",
        "OrderCanceled id:L! item:S! orderQty:I! status:S! price:F!",
        "PayApproved id:L! orderId:L! price:F! status:S",
        "PayCanceled id:L! orderId:L! price:F! status:S",
        // Their address is a number, and ours a text of people's: null until the team says so.
        "DeliveryStarted id:L! orderId:L! address:L",
    ]);
}

#[test]
fn of_book_rental() {
    let mut library = Story::of(bookrental::system);
    library.post("products", &json!({"stock": 10}));
    library.post("reservations", &json!({"productId": 1, "statusCode": 1}));
    library.delete("reservations", 1);
    library.is_understood_as(&[
        "Reserved id:L! productId:L! statusCode:I!",
        "Delivered id:L! statusCode:I! orderId:L! productId:L!",
        "Canceled id:L! productId:L! statusCode:I!",
    ]);
}

#[test]
fn of_breakfast() {
    let mut kitchen = Story::of(breakfast::system);
    let customer = json!({"name": "kim", "phone": "010", "address": "성남", "age": 30});
    kitchen.post("customers", &customer);
    kitchen.post(
        "foodCatalogs",
        &json!({"name": "pizza", "stock": "100", "price": "1000"}),
    );
    kitchen.post(
        "orders",
        &json!({"qty": 20, "foodcaltalogid": 1, "customerid": 1}),
    );
    kitchen.delete("orders", 1);
    kitchen.patch("customers", 1, &json!({"age": 31}));
    kitchen.delete("customers", 1);
    kitchen.delete("foodCatalogs", 1);
    let (customer, food) = (
        "id:L! name:S! phone:S! address:S! age:I!",
        "id:L! stock:I! name:S! price:F!",
    );
    let (order, pay) = (
        "id:L! qty:I! status:S foodcaltalogid:L! customerid:L!",
        "id:L! amout:I! status:S! orderid:L!",
    );
    let delivery = "id:L! status:S! orderId:L!";
    let classes = [
        format!("Registerd {customer}"),
        format!("Updated {customer}"),
        format!("Withdrawed {customer}"),
        format!("CatalogRegistered {food}"),
        format!("CatalogUpdated {food}"),
        format!("CatalogDeleted {food}"),
        format!("Ordered {order}"),
        format!("OrderCancelled {order}"),
        format!("Paid {pay}"),
        format!("Cancelled {pay}"),
        format!("Shipped {delivery}"),
        format!("DeliveryCanceled {delivery}"),
        "Milegeadded id:L! payId:L! cnt:L! orderId:L!".to_owned(),
    ];
    let classes: Vec<_> = classes.iter().map(String::as_str).collect();
    kitchen.is_understood_as(&classes);
}
