//! The words of public tenders.

use serde_json::{Value, json};

use crate::stage::{Door, id_of};
use crate::waiting::eventually;
use crate::wire::Answer;

pub(crate) const SYSTEM: &str = "bidding";

/// Wherever tenders are asked.
pub(crate) trait Tenders {
    /// Registers a notice; its id.
    fn register(&self, notice: &str) -> i64;
    /// The id of the row that is prepared for a notice, once it is there.
    fn prepared(&self, notice: &str) -> i64;
    /// Bids beside the prepared row; the row's id.
    fn bid(&self, notice: &str, bidder: &str) -> i64;
    /// A bid's examination, once it is there.
    fn sheet(&self, notice: &str, bidder: &str) -> Value;
    /// Registers a result, perhaps that it wins.
    fn examine(&self, sheet: &Value, wins: bool) -> Answer;
    /// The company that has won a notice, or null.
    fn winner(&self, notice: &str) -> Value;
    /// What my page shows of the bids on a notice: `participateNo` and `biddingResult`.
    fn results(&self, notice: &str) -> Vec<(String, Value)>;
    /// Waits until my page shows this.
    fn results_become(&self, notice: &str, wanted: &[(&str, Value)]);
    /// Waits until examination and my page say of a bid what its notice says; whether it has won.
    fn agree(&self, notice: &str, bidder: &str) -> bool;
    /// Every SMS that was sent: phone and contents, sorted.
    fn sms(&self) -> Vec<(String, String)>;
}

/// A bid as companies send it; its phone is its own.
pub(crate) fn bid_of(notice: &str, bidder: &str) -> Value {
    json!({
        "noticeNo": notice,
        "participateNo": bidder,
        "companyNo": format!("c-{bidder}"),
        "companyNm": company(bidder),
        "participateDate": "20210630",
        "offerPrice": 1_000_000,
        "offerContents": "최저가",
        "feePaymentFlag": true,
        "phoneNumber": phone(notice, bidder),
    })
}

pub(crate) fn company(bidder: &str) -> String {
    format!("doremi {bidder}")
}

pub(crate) fn phone(notice: &str, bidder: &str) -> String {
    format!("010-{notice}-{bidder}")
}

pub(crate) const RECEIVED: &str = "입찰서 등록 완료";
pub(crate) const CANCELED: &str = "입찰서 등록 취소";
pub(crate) const WON: &str = "낙찰 되었습니다~~~";

/// What is sent to these bids on a notice.
pub(crate) fn told(notice: &str, bids: &[(&str, &str)]) -> Vec<(String, String)> {
    let told = bids
        .iter()
        .map(|(bidder, contents)| (phone(notice, bidder), (*contents).to_owned()));
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

fn find_sheet(door: &Door, notice: &str, bidder: &str) -> Option<Value> {
    let sheets = door.list("biddingExaminations", "noticeNo", notice);
    sheets
        .into_iter()
        .find(|sheet| sheet["participateNo"] == bidder)
}

impl Tenders for Door {
    #[track_caller]
    fn register(&self, notice: &str) -> i64 {
        let body = json!({"noticeNo": notice, "title": format!("title of {notice}")});
        self.post("/biddingManagements", &body).expect(201).id()
    }

    #[track_caller]
    fn prepared(&self, notice: &str) -> i64 {
        eventually(&format!("the row for {notice}"), || {
            let rows = self.list("biddingParticipations", "noticeNo", notice);
            let blank = rows.iter().find(|row| row["participateNo"].is_null());
            blank.map(id_of).ok_or_else(|| format!("{rows:?}"))
        })
    }

    #[track_caller]
    fn bid(&self, notice: &str, bidder: &str) -> i64 {
        let answer = self.post("/biddingParticipations", &bid_of(notice, bidder));
        answer.expect(201).id()
    }

    #[track_caller]
    fn sheet(&self, notice: &str, bidder: &str) -> Value {
        eventually(&format!("the examination of {bidder} on {notice}"), || {
            find_sheet(self, notice, bidder).ok_or_else(|| "none yet".to_owned())
        })
    }

    #[track_caller]
    fn examine(&self, sheet: &Value, wins: bool) -> Answer {
        let path = format!("/biddingExaminations/{}", id_of(sheet));
        self.patch(
            &path,
            &json!({"priceScore": 80, "skillScore": 90, "successBidderFlag": wins}),
        )
    }

    #[track_caller]
    fn winner(&self, notice: &str) -> Value {
        let found = self.find("biddingManagements", "noticeNo", notice);
        found.expect("a notice")["succBidderNm"].take()
    }

    #[track_caller]
    fn results(&self, notice: &str) -> Vec<(String, Value)> {
        let rows = self
            .list("biddingStatusInquiries", "noticeNo", notice)
            .into_iter();
        let of = |mut row: Value| {
            let bidder = row["participateNo"].as_str().expect("a bid").to_owned();
            (bidder, row["biddingResult"].take())
        };
        let mut results: Vec<_> = rows.map(of).collect();
        results.sort_by(|a, b| a.0.cmp(&b.0));
        results
    }

    #[track_caller]
    fn results_become(&self, notice: &str, wanted: &[(&str, Value)]) {
        let wanted = wanted
            .iter()
            .map(|(bidder, result)| ((*bidder).to_owned(), result.clone()));
        let wanted: Vec<_> = wanted.collect();
        eventually(&format!("{wanted:?} on {notice}"), || {
            let results = self.results(notice);
            if results == wanted {
                Ok(())
            } else {
                Err(format!("{results:?}"))
            }
        });
    }

    #[track_caller]
    fn agree(&self, notice: &str, bidder: &str) -> bool {
        eventually(&format!("agreement on {bidder} on {notice}"), || {
            let won = self.winner(notice) == company(bidder).as_str();
            let sheet = find_sheet(self, notice, bidder).ok_or("no examination")?;
            let results = self.results(notice).into_iter();
            let shown = results
                .filter(|(of, _)| of == bidder)
                .map(|(_, result)| result);
            let shown: Vec<_> = shown.collect();
            let flag = sheet["successBidderFlag"].clone();
            if (flag == true) == won && shown == [flag] {
                Ok(won)
            } else {
                Err(format!(
                    "won: {won}, examination: {sheet}, my page: {shown:?}"
                ))
            }
        })
    }

    #[track_caller]
    fn sms(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let sent = self.all("smsHistories").into_iter();
        let mut sent: Vec<_> = sent
            .map(|sms| (text(&sms["phoneNumber"]), text(&sms["contents"])))
            .collect();
        sent.sort();
        sent
    }
}
