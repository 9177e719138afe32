//! What tenders must keep, whatever is killed when (I2–I4, I6).

mod audit;
mod doctored;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::bidding::tenders::SYSTEM;
use crate::kill::{Books, Customer, Trial, pull_one_plug_at_a_time, pull_the_plug};
use crate::stage::id_of;
use crate::wire::{Answer, Request};

/// A notice's number and a bid's.
type BidNo = (String, String);

/// What was answered yes.
#[derive(Clone, Debug, Default)]
struct Promises {
    /// By id.
    notices: BTreeMap<i64, String>,
    canceled: BTreeSet<i64>,
    /// By the row's id.
    bids: BTreeMap<i64, BidNo>,
    withdrawn: BTreeSet<i64>,
    won: BTreeSet<BidNo>,
}

impl Promises {
    /// A notice's bids that stand as far as is known.
    fn bids_on(&self, notice: &str) -> Vec<i64> {
        let mine = self.bids.iter().filter(|(_, bid)| bid.0 == notice);
        let standing = mine.filter(|(row, _)| !self.withdrawn.contains(row));
        standing.map(|(row, _)| *row).collect()
    }
}

/// Agencies, each with notices, companies and examiners of its own.
struct Agencies;

type Agency<'a> = Customer<'a, Agencies>;

impl Trial for Agencies {
    type Promises = Promises;

    const SYSTEM: &'static str = SYSTEM;

    fn step(agency: &mut Agency<'_>) {
        match agency.random.u8(0..100) {
            0..15 => register(agency),
            15..40 => bid(agency),
            40..55 => fill_in(agency),
            55..80 => examine(agency),
            80..87 => withdraw(agency),
            87..92 => cancel(agency),
            92.. => look(agency),
        }
    }

    fn audit(books: &Books, promises: &Promises) -> Vec<String> {
        audit::everything(books, promises)
    }

    fn summary(promises: &Promises) -> String {
        format!(
            "{} notices, {} of them canceled, {} bids, {} of them withdrawn, {} won",
            promises.notices.len(),
            promises.canceled.len(),
            promises.bids.len(),
            promises.withdrawn.len(),
            promises.won.len(),
        )
    }
}

#[test]
fn whatever_is_killed_when_what_was_answered_is_there_and_everything_is_in_line() {
    pull_the_plug::<Agencies>();
}

#[test]
fn whichever_context_is_killed_when_all_of_them_end_up_in_line() {
    pull_one_plug_at_a_time::<Agencies>();
}

mod split {
    #[test]
    fn whatever_is_struck_of_a_cluster_everything_ends_up_in_line() {
        crate::kill::batter_a_cluster::<super::Agencies>();
    }
}

fn phone(notice: &str, bidder: &str) -> String {
    format!("{notice} {bidder}")
}

fn bid_of(notice: &str, bidder: &str) -> Value {
    json!({
        "noticeNo": notice,
        "participateNo": bidder,
        "companyNm": format!("company {bidder}"),
        "phoneNumber": phone(notice, bidder),
    })
}

/// One of the own notices: its id and number.
fn any_notice(agency: &mut Agency<'_>) -> Option<(i64, String)> {
    let id = agency.any_order()?;
    let notice = agency.promises(|promises| promises.notices[&id].clone());
    Some((id, notice))
}

fn register(agency: &mut Agency<'_>) {
    let registered = agency.create(
        "/biddingManagements",
        |agency, mark| json!({"noticeNo": mark, "title": format!("notice of {}", agency.name)}),
    );
    let Some((mark, answer)) = registered else {
        return;
    };
    let id = answer.expect(201).id();
    agency.orders.push(id);
    agency.promises(|promises| promises.notices.insert(id, mark));
}

/// Beside the prepared row.
fn bid(agency: &mut Agency<'_>) {
    let Some((_, notice)) = any_notice(agency) else {
        return;
    };
    let bidden = agency.create("/biddingParticipations", |_, mark| bid_of(&notice, mark));
    if let Some((mark, answer)) = bidden {
        let row = answer.expect(201).id();
        agency.promises(|promises| promises.bids.insert(row, (notice, mark)));
    }
}

/// Into the prepared row, once it is there.
fn fill_in(agency: &mut Agency<'_>) {
    let Some((_, notice)) = any_notice(agency) else {
        return;
    };
    let rows = listed(agency, "biddingParticipations", &notice);
    let Some(row) = rows.iter().find(|row| row["participateNo"].is_null()) else {
        return;
    };
    let row = id_of(row);
    let path = format!("/biddingParticipations/{row}");
    let fill_in = Request::new("PATCH", &path).json(&bid_of(&notice, "first"));
    agency.insist(&fill_in).expect(200);
    agency.promises(|promises| promises.bids.insert(row, (notice, "first".to_owned())));
}

fn examine(agency: &mut Agency<'_>) {
    let Some((_, notice)) = any_notice(agency) else {
        return;
    };
    let sheets = listed(agency, "biddingExaminations", &notice);
    let Some(sheet) = agency.random.choice(&sheets) else {
        return;
    };
    let wins = agency.random.u8(0..3) > 0;
    let result = json!({"priceScore": agency.random.u8(0..100), "successBidderFlag": wins});
    let path = format!("/biddingExaminations/{}", id_of(sheet));
    let answer = agency.insist(&Request::new("PATCH", &path).json(&result));
    if answer.status == 409 {
        is_one_of(
            &answer,
            &["already-awarded", "award-stands", "bid-canceled"],
        );
    } else if answer.status == 404 {
        // Withdrawn, and heard of it by now.
    } else {
        assert_eq!(answer.expect(200).json()["successBidderFlag"], wins);
        if wins {
            let bidder = sheet["participateNo"].as_str().expect("a bid").to_owned();
            agency.promises(|promises| promises.won.insert((notice, bidder)));
        }
    }
}

fn withdraw(agency: &mut Agency<'_>) {
    let Some((_, notice)) = any_notice(agency) else {
        return;
    };
    let bids = agency.promises(|promises| promises.bids_on(&notice));
    let Some(row) = agency.random.choice(bids) else {
        return;
    };
    gone(agency, &format!("/biddingParticipations/{row}"));
    agency.promises(|promises| promises.withdrawn.insert(row));
}

fn cancel(agency: &mut Agency<'_>) {
    let Some((id, _)) = any_notice(agency) else {
        return;
    };
    gone(agency, &format!("/biddingManagements/{id}"));
    agency.promises(|promises| promises.canceled.insert(id));
    agency.forget(id);
}

/// Asked again, because the first answer was lost, it is not there any more.
fn gone(agency: &mut Agency<'_>, path: &str) {
    let answer = agency.insist(&Request::new("DELETE", path));
    assert!([204, 404].contains(&answer.status), "{answer}");
}

/// What was answered can be seen from then on, kills or not (I3).
fn look(agency: &mut Agency<'_>) {
    let Some((id, notice)) = any_notice(agency) else {
        return;
    };
    let path = format!("/biddingManagements/{id}");
    let seen = agency.insist(&Request::get(&path)).expect(200).json();
    assert_eq!(seen["noticeNo"], notice.as_str(), "{seen}");
    let bids = agency.promises(|promises| promises.bids_on(&notice));
    if let Some(row) = agency.random.choice(bids) {
        let path = format!("/biddingParticipations/{row}");
        let seen = agency.insist(&Request::get(&path)).expect(200).json();
        assert_eq!(seen["noticeNo"], notice.as_str(), "{seen}");
    }
    for shown in listed(agency, "biddingStatusInquiries", &notice) {
        assert_eq!(shown["noticeNo"], notice.as_str(), "{shown}");
    }
}

fn listed(agency: &mut Agency<'_>, collection: &str, notice: &str) -> Vec<Value> {
    let path = format!("/{collection}/search/findByNoticeNo?noticeNo={notice}");
    let mut found = agency.insist(&Request::get(&path)).expect(200).json();
    match found["_embedded"][collection].take() {
        Value::Array(items) => items,
        other => panic!("no list of {collection}: {other}"),
    }
}

#[track_caller]
fn is_one_of(answer: &Answer, codes: &[&str]) {
    let problem = answer.json();
    let code = problem["code"].as_str().unwrap_or_default();
    assert!(codes.contains(&code), "{answer}");
}
