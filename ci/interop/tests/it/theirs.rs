//! The originals' events, each as its class would be written (`domains.md`), are read by everyone of
//! ours who listens to them.

use bus_kafka::record::{Consumed, Records};
use storm::System;

/// Decodes what an original wrote, and hands it to every policy and read model that waits for it.
/// Says how many did.
fn heard_by(system: &System, value: &str) -> usize {
    let heard = Records::of(system).decode(&Consumed {
        value: Some(value.as_bytes()),
        ..Consumed::default()
    });
    assert_eq!(heard.fault, None, "{value}");
    let event = heard.stored.event;
    let mut listeners = 0;
    for context in system.contexts() {
        let name = context.name();
        for policy in context.policies() {
            if policy.event_type == event.event_type {
                let told = policy.react(&event.data);
                assert!(told.is_ok(), "{name}: {value}: {:?}", told.err());
                listeners += 1;
            }
        }
        for read_model in context.read_models() {
            let touched = read_model.project(&event.event_type, &event.data);
            let touched = touched.unwrap_or_else(|error| panic!("{name}: {value}: {error}"));
            listeners += touched.len();
        }
    }
    listeners
}

#[track_caller]
fn all_are_heard(system: &System, values: &[&str]) {
    for value in values {
        assert!(heard_by(system, value) > 0, "nobody waits for {value}");
    }
}

#[test]
fn of_the_fruit_shop() {
    all_are_heard(
        &fruitstore::system(),
        &[
            r#"{"eventType":"OrderPlaced","timestamp":"20210224014034","orderId":5,"userId":7181,"prodNm":"사과","qty":2,"price":5000,"address":"성남","orderStatus":"주문신청","me":true}"#,
            r#"{"eventType":"OrderPlaced","timestamp":"20210224014034","orderId":5,"userId":7181,"prodNm":null,"qty":2,"price":5000,"address":"성남","orderStatus":"ordered","me":true}"#,
            r#"{"eventType":"PaymentApproved","timestamp":"20210224014034","payId":6,"orderId":5,"userId":7181,"qty":2,"price":5000,"address":"성남","orderStatus":null,"payStatus":"결제","me":true}"#,
            r#"{"eventType":"PaymentCanceled","timestamp":"20210224014034","payId":6,"orderId":5,"userId":7181,"price":5000,"payStatus":"취소","me":true}"#,
            r#"{"eventType":"OrderCanceled","timestamp":"20210224014034","orderId":5,"userId":7181,"prodNm":"사과","qty":2,"price":5000,"address":"성남","orderStatus":"주문취소","me":true}"#,
        ],
    );
}

#[test]
fn of_online_study() {
    all_are_heard(
        &onlinestudy::system(),
        &[
            r#"{"eventType":"CourseOrdered","timestamp":"20210614120000","id":1,"orderNo":"01","courseNo":"01","phonenum":"01011111111","orderdate":20210630,"begindate":1625097600000,"enddate":null,"score":null}"#,
            r#"{"eventType":"CourseOrderCanceled","timestamp":"20210614120000","id":1,"orderNo":"01","phonenum":"01011111111","status":null}"#,
            r#"{"eventType":"LearningManagementStarted","timestamp":"20210614120000","id":1,"orderNo":"01","courseNo":"01","phonenum":null,"begindate":1625097600000,"enddate":1630281600000,"status":null}"#,
            r#"{"eventType":"LearningManagementCanceled","timestamp":"20210614120000","id":1,"orderNo":"01","phonenum":"01011111111","status":null}"#,
            r#"{"eventType":"EvaluationScoreRegistered","timestamp":"20210614120000","id":1,"orderNo":"01","score":"90"}"#,
            r#"{"eventType":"EvaluationRegistered","timestamp":"20210614120000","id":1,"orderNo":"01","score":"90"}"#,
        ],
    );
}

#[test]
fn of_bidding() {
    all_are_heard(
        &bidding::system(),
        &[
            r#"{"eventType":"NoticeRegistered","timestamp":"20210714120000","id":1,"noticeNo":"n01","title":"title01","dueDate":1626220800000,"price":3000000,"demandOrgNm":"서울시청","bizInfo":null,"qualifications":null,"succBidderNm":null,"me":true}"#,
            r#"{"eventType":"SuccessBidderRegistered","timestamp":"20210714120000","id":1,"noticeNo":"n01","title":"title01","demandOrgNm":null,"succBidderNm":"doremi","phoneNumber":"010","me":true}"#,
            r#"{"eventType":"SuccessBidderRegistered","timestamp":"20210714120000","id":1,"noticeNo":"n01","title":"changed","demandOrgNm":null,"succBidderNm":null,"phoneNumber":null,"me":true}"#,
            r#"{"eventType":"NoticeCanceled","timestamp":"20210714120000","id":1,"noticeNo":"n01","title":null,"me":true}"#,
            r#"{"eventType":"BiddingParticipated","timestamp":"20210714120000","id":2,"noticeNo":"n01","participateNo":"p01","companyNo":"c01","companyNm":"doremi","participateDate":1626220800000,"offerPrice":null,"offerContents":null,"feePaymentFlag":null,"phoneNumber":"010","me":true}"#,
            r#"{"eventType":"BiddingParticipationCanceled","timestamp":"20210714120000","id":2,"noticeNo":"n01","participateNo":"p01","me":true}"#,
            r#"{"eventType":"BiddingParticipationCanceled","timestamp":"20210714120000","id":2,"noticeNo":"n01","participateNo":null,"me":true}"#,
            r#"{"eventType":"ExaminationResultRegistered","timestamp":"20210714120000","id":2,"noticeNo":"n01","participateNo":"p01","priceScore":null,"skillScore":70,"successBidderFlag":true,"comapanyNm":null,"phoneNumber":null,"me":true}"#,
        ],
    );
}

#[test]
fn of_product_delivery() {
    all_are_heard(
        &productdelivery::system(),
        &[
            r#"{"eventType":"Ordered","timestamp":1667796276000,"id":12,"item":"TV","quantity":null,"status":"0","price":10}"#,
            r#"{"eventType":"OrderCanceled","timestamp":1667796276000,"id":12,"item":"TV","orderQty":null,"status":"0","price":null}"#,
            r#"{"eventType":"PayApproved","timestamp":1667796276000,"id":1,"orderId":12,"price":1000.0,"status":null}"#,
            r#"{"eventType":"PayCanceled","timestamp":1667796276000,"id":1,"orderId":12,"price":null,"status":null}"#,
            r#"{"eventType":"DeliveryStarted","timestamp":1667796276000,"id":1,"orderId":12,"address":null}"#,
            r#"{"eventType":"DeliveryStarted","timestamp":1667796276000,"id":1,"orderId":12,"address":17}"#,
            r#"{"eventType":"DeliveryStarted","timestamp":1667796276000,"id":1,"orderId":12,"address":"서울"}"#,
        ],
    );
}

#[test]
fn of_book_rental() {
    all_are_heard(
        &bookrental::system(),
        &[
            r#"{"eventType":"Reserved","timestamp":"20210223233224","id":1,"productId":1,"statusCode":1,"me":true}"#,
            r#"{"eventType":"Delivered","timestamp":"20210223233224","id":1,"statusCode":2,"orderId":1,"productId":1,"me":true}"#,
            r#"{"eventType":"Canceled","timestamp":"20210223233224","id":1,"productId":null,"statusCode":null,"me":true}"#,
            r#"{"eventType":"Canceled","timestamp":"20210223233305","id":1,"productId":1,"statusCode":2,"me":true}"#,
        ],
    );
}

#[test]
fn of_breakfast() {
    all_are_heard(
        &breakfast::system(),
        &[
            r#"{"eventType":"Ordered","timestamp":"20210119130159","id":3,"qty":20,"status":null,"foodcaltalogid":1,"customerid":1,"me":true}"#,
            r#"{"eventType":"Ordered","timestamp":"20210119130159","id":3,"qty":20,"status":"Ordered","foodcaltalogid":1,"customerid":1,"me":true}"#,
            r#"{"eventType":"OrderCancelled","timestamp":"20210119203304","id":46,"qty":50,"status":"Order Canceled","foodcaltalogid":1,"customerid":2,"me":true}"#,
            r#"{"eventType":"OrderCancelled","timestamp":"20210119203304","id":46,"qty":50,"status":"OrderCancelled","foodcaltalogid":1,"customerid":2,"me":true}"#,
            r#"{"eventType":"Paid","timestamp":"20210119203304","id":46,"amout":50,"status":"Ordered","orderid":75,"me":true}"#,
            r#"{"eventType":"Cancelled","timestamp":"20210119203304","id":46,"amout":50,"status":"Order Canceled-payment","orderid":75,"me":true}"#,
            r#"{"eventType":"Cancelled","timestamp":"20210119203304","id":46,"amout":50,"status":"Cancelled","orderid":75,"me":true}"#,
            r#"{"eventType":"Shipped","timestamp":"20210119205555","id":1,"status":"Delivery Start","orderId":1375,"me":true}"#,
            r#"{"eventType":"DeliveryCanceled","timestamp":"20210119203304","id":1171,"status":"Cancelled-delivery","orderId":46,"me":true}"#,
            r#"{"eventType":"DeliveryCanceled","timestamp":"20210119203304","id":1171,"status":"Cancelled","orderId":46,"me":true}"#,
            r#"{"eventType":"CatalogOutofstock","timestamp":"20210119203304","stateMessage":"Out of Stock","productId":1,"orderId":46,"me":true}"#,
            r#"{"eventType":"CatalogRegistered","timestamp":"20210119203304","id":1,"stock":100,"name":"pizza","price":1000.0,"me":true}"#,
            r#"{"eventType":"CatalogUpdated","timestamp":"20210119203304","id":1,"stock":80,"name":"pizza","price":1000.0,"me":true}"#,
            r#"{"eventType":"CatalogDeleted","timestamp":"20210119203304","id":1,"stock":80,"name":"pizza","price":1000.0,"me":true}"#,
        ],
    );
}
