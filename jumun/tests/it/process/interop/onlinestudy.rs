//! Online study: timestamps as text, without `me`.

use serde_json::{Value, json};

use super::{Beside, has, headers, record};
use crate::stage::id_of;

const PHONE: &str = "01011111111";

fn order(number: &str) -> Value {
    json!({
        "orderNo": number, "courseNo": "01", "phonenum": PHONE,
        "orderdate": "20210630", "begindate": "20210701", "enddate": "20210831",
    })
}

fn started(number: &str) -> String {
    format!(
        r#"{{"eventType":"LearningManagementStarted","timestamp":"20210614120000","id":1,"orderNo":"{number}","courseNo":"01","phonenum":"{PHONE}","begindate":1625097600000,"enddate":1630281600000,"status":null}}"#
    )
}

fn canceled(number: &str) -> String {
    format!(
        r#"{{"eventType":"LearningManagementCanceled","timestamp":"20210614120000","id":1,"orderNo":"{number}","phonenum":"{PHONE}","status":null}}"#
    )
}

#[test]
fn a_java_learning_management_starts_the_courses_that_are_ordered_from_ours() {
    let Some(mut school) = Beside::start("onlinestudy", "learningManagement") else {
        return;
    };
    for (number, headers) in (1..).zip(&headers("LearningManagementStarted")) {
        let number = format!("0{number}");
        let placed = school.ours.post("/orderManagements", &order(&number));
        let id = placed.expect(201).id();
        // Dates are numbers of milliseconds to their JSON library.
        let ordered = json!({
            "id": id, "orderNo": number, "courseNo": "01", "phonenum": PHONE, "status": "강좌주문",
            "orderdate": 1_625_011_200_000_i64, "begindate": 1_625_097_600_000_i64, "me": null,
        });
        let told = school.java_hears("CourseOrdered", &ordered);
        assert_eq!(told["seen"].get("type"), None, "{told}");
        let start = record(&started(&number), headers);
        // Their deliveries are at least once.
        school.java.tells(&[start.clone(), start]);
        let row = json!({"orderNo": number, "courseNo": "01"});
        school
            .ours
            .shows("learningEvaluations", "orderNo", &number, &row);
    }
    has(&school.ours, "learningStatusInquiries", 6);
    // Of each order and of each start.
    has(&school.ours, "smsHistories", 12);

    let wanted = json!({"orderNo": "02"});
    let evaluation = school
        .ours
        .shows("learningEvaluations", "orderNo", "02", &wanted);
    let path = format!("/learningEvaluations/{}", id_of(&evaluation));
    let score = json!({"endFlg": true, "score": "90"});
    school.ours.patch(&path, &score).expect(200);
    let scored = json!({"orderNo": "02", "score": "90"});
    school.java_hears("EvaluationScoreRegistered", &scored);
    school.java_hears("EvaluationRegistered", &scored);

    school.ours.delete("/orderManagements/1").expect(204);
    let told = json!({"orderNo": "01", "phonenum": PHONE, "status": "강좌주문취소"});
    school.java_hears("CourseOrderCanceled", &told);
    school.java.tells(&[record(&canceled("01"), &json!({}))]);
    has(&school.ours, "learningStatusInquiries", 5);
    has(&school.ours, "smsHistories", 14);
    has(&school.ours, "learningEvaluations", 5);
    school.has_no_dead_letters();
}
