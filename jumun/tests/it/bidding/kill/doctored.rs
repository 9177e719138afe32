//! The audit notices what it is there for: books that are in line, doctored one way at a time.

use serde_json::{Value, json};

use super::{Agencies, Promises, bid_of, phone};
use crate::kill::{Books, notices};

const STANDING: &str = "keyed-1-1";
const CANCELED: &str = "keyed-1-2";

fn numbered(collection: &str, id: i64, mut item: Value) -> Value {
    let href = format!("http://tenders/{collection}/{id}");
    item["_links"] = json!({"self": {"href": href}});
    item
}

/// A notice with a bid that has won, one that has lost, and a blank row; and one that was canceled
/// with its bid.
fn in_line() -> (Books, Promises) {
    let (mut books, mut promises) = (Books::default(), Promises::default());
    for collection in [
        "biddingStatusInquiries",
        "biddingExaminations",
        "biddingParticipations",
    ] {
        books.all_mut(collection);
    }
    let notice = json!({"noticeNo": STANDING, "succBidderNm": "company p1"});
    books
        .all_mut("biddingManagements")
        .push(numbered("biddingManagements", 1, notice));
    let blank = json!({"noticeNo": STANDING, "participateNo": null});
    books
        .all_mut("biddingParticipations")
        .push(numbered("biddingParticipations", 1, blank));
    for (id, number) in [(1, STANDING), (2, CANCELED)] {
        promises.notices.insert(id, number.to_owned());
        for event in ["NoticeRegistered", "BiddingNoticeReceived"] {
            books.tell(event, &json!({"id": id, "noticeNo": number}));
        }
    }
    for (row, bidder, won) in [(3, "p1", true), (4, "p2", false)] {
        let bid = bid_of(STANDING, bidder);
        books.tell("BiddingParticipated", &bid);
        books.tell("BidReceived", &bid);
        let mut sheet = bid.clone();
        sheet["successBidderFlag"] = won.into();
        let page = json!({"noticeNo": STANDING, "participateNo": bidder, "biddingResult": won});
        let bid = numbered("biddingParticipations", row, bid);
        books.all_mut("biddingParticipations").push(bid);
        books.all_mut("biddingExaminations").push(sheet);
        books.all_mut("biddingStatusInquiries").push(page);
        promises
            .bids
            .insert(row, (STANDING.to_owned(), bidder.to_owned()));
        sms(&mut books, STANDING, bidder, "입찰서 등록 완료");
    }
    books.tell("SuccessBidderRegistered", &bid_of(STANDING, "p1"));
    sms(&mut books, STANDING, "p1", "낙찰 되었습니다~~~");
    promises.won.insert((STANDING.to_owned(), "p1".to_owned()));
    let gone = bid_of(CANCELED, "p1");
    for event in [
        "BiddingParticipated",
        "BidReceived",
        "BiddingParticipationCanceled",
    ] {
        books.tell(event, &gone);
    }
    sms(&mut books, CANCELED, "p1", "입찰서 등록 완료");
    sms(&mut books, CANCELED, "p1", "입찰서 등록 취소");
    promises.canceled.insert(2);
    promises
        .bids
        .insert(5, (CANCELED.to_owned(), "p1".to_owned()));
    (books, promises)
}

fn sms(books: &mut Books, notice: &str, bidder: &str, contents: &str) {
    let sms = json!({"phoneNumber": phone(notice, bidder), "contents": contents});
    books.all_mut("smsHistories").push(sms);
}

fn double(books: &mut Books, collection: &str, at: usize) {
    let again = books.all_mut(collection)[at].clone();
    books.all_mut(collection).push(again);
}

fn renumbered(books: &mut Books, collection: &str, at: usize, id: i64) {
    let again = books.all_mut(collection)[at].clone();
    books
        .all_mut(collection)
        .push(numbered(collection, id, again));
}

#[test]
fn whatever_is_not_in_line_is_found_and_what_is_in_line_is_not() {
    notices::<Agencies>(
        in_line,
        &[
            ("examined twice", |b| double(b, "biddingExaminations", 0)),
            ("shown twice", |b| double(b, "biddingStatusInquiries", 0)),
            ("a bid stands twice", |b| {
                renumbered(b, "biddingParticipations", 1, 9);
            }),
            ("prepared twice", |b| {
                renumbered(b, "biddingParticipations", 0, 9);
            }),
            ("is not examined", |b| {
                b.all_mut("biddingExaminations").pop();
            }),
            ("is examined and is no bid", |b| {
                b.all_mut("biddingParticipations").pop();
            }),
            ("is shown and is no bid", |b| {
                b.all_mut("biddingParticipations").pop();
            }),
            ("my page shows", |b| {
                b.all_mut("biddingStatusInquiries")[1]["biddingResult"] = json!(true);
            }),
            ("won by", |b| {
                b.all_mut("biddingExaminations")[1]["successBidderFlag"] = json!(true);
            }),
            ("won by", |b| {
                b.all_mut("biddingManagements")[0]["succBidderNm"] = Value::Null;
            }),
            ("which is no notice", |b| {
                b.all_mut("biddingManagements").pop();
            }),
            ("it has rows", |b| {
                b.all_mut("biddingParticipations")[0]["noticeNo"] = json!(CANCELED);
            }),
            ("no row was prepared", |b| {
                b.events
                    .retain(|event| event["type"] != "BiddingNoticeReceived");
            }),
            ("notice 1 was answered", |b| {
                b.all_mut("biddingManagements").pop();
            }),
            ("notice 2 was answered", |b| {
                renumbered(b, "biddingManagements", 0, 2);
            }),
            ("bid 3 was answered", |b| {
                b.all_mut("biddingParticipations").remove(1);
            }),
            ("bid 5 was answered", |b| {
                renumbered(b, "biddingParticipations", 1, 5);
            }),
            ("was answered as won", |b| {
                b.all_mut("biddingExaminations")[0]["successBidderFlag"] = json!(false);
            }),
            ("was told again", |b| {
                b.tell("BidReceived", &bid_of(STANDING, "p1"));
            }),
            ("sent twice", |b| double(b, "smsHistories", 0)),
            ("not sent", |b| {
                b.all_mut("smsHistories").pop();
            }),
            ("sent for nothing", |b| {
                sms(b, STANDING, "p2", "낙찰 되었습니다~~~");
            }),
            ("was told 2 times for once-7-7", |b| {
                for _ in 0..2 {
                    let event = "NoticeRegistered";
                    b.events
                        .push(json!({"type": event, "correlation": "once-7-7", "data": {}}));
                }
            }),
        ],
    );
}
