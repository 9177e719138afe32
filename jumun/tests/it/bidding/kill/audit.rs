//! Whether the books of the tenders agree with each other and with what was answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{BidNo, Promises};
use crate::kill::Books;
use crate::stage::id_of;

/// Everything that is not as it should be.
pub(super) fn everything(books: &Books, promises: &Promises) -> Vec<String> {
    let mut ledger = Ledger::default();
    ledger.read(books);
    ledger.bids_agree();
    ledger.winners_agree(books);
    ledger.canceled_are_gone(books);
    ledger.is_kept(promises);
    ledger.told_once(books);
    ledger.sms_are_sent(books);
    ledger.wrong.extend(books.made_again("NoticeRegistered"));
    ledger.wrong.extend(books.made_again("BiddingParticipated"));
    ledger.wrong
}

#[derive(Default)]
struct Ledger<'a> {
    /// By id: number.
    notices: BTreeMap<i64, &'a str>,
    /// Notices whose prepared row is still blank.
    blank: Vec<&'a str>,
    /// By the row's id.
    bids: BTreeMap<i64, BidNo>,
    sheets: BTreeMap<BidNo, &'a Value>,
    pages: BTreeMap<BidNo, &'a Value>,
    wrong: Vec<String>,
}

fn text<'a>(item: &'a Value, field: &str) -> &'a str {
    item[field].as_str().unwrap_or_default()
}

fn bid_no(item: &Value) -> BidNo {
    let own = |field| text(item, field).to_owned();
    (own("noticeNo"), own("participateNo"))
}

impl<'a> Ledger<'a> {
    fn read(&mut self, books: &'a Books) {
        for notice in books.all("biddingManagements") {
            self.notices.insert(id_of(notice), text(notice, "noticeNo"));
        }
        for row in books.all("biddingParticipations") {
            if row["participateNo"].is_null() {
                self.blank.push(text(row, "noticeNo"));
            } else {
                self.bids.insert(id_of(row), bid_no(row));
            }
        }
        for sheet in books.all("biddingExaminations") {
            if self.sheets.insert(bid_no(sheet), sheet).is_some() {
                self.wrong.push(format!("examined twice: {sheet}"));
            }
        }
        for page in books.all("biddingStatusInquiries") {
            if self.pages.insert(bid_no(page), page).is_some() {
                self.wrong.push(format!("shown twice: {page}"));
            }
        }
    }

    /// Each bid has one examination and one row on my page, which say the same (I4).
    fn bids_agree(&mut self) {
        let bids: BTreeSet<_> = self.bids.values().collect();
        let mut wrong = Vec::new();
        if bids.len() != self.bids.len() {
            wrong.push(format!("a bid stands twice: {:?}", self.bids));
        }
        for (bid, sheet) in &self.sheets {
            if !bids.contains(bid) {
                wrong.push(format!("{bid:?} is examined and is no bid"));
            }
            let shown = self.pages.get(bid).map(|page| &page["biddingResult"]);
            if shown != Some(&sheet["successBidderFlag"]) {
                wrong.push(format!("{bid:?} is {sheet}, my page shows {shown:?}"));
            }
        }
        let unexamined = bids.iter().filter(|bid| !self.sheets.contains_key(**bid));
        wrong.extend(unexamined.map(|bid| format!("{bid:?} is not examined")));
        let shown = self.pages.keys().filter(|bid| !bids.contains(bid));
        wrong.extend(shown.map(|bid| format!("{bid:?} is shown and is no bid")));
        self.wrong.extend(wrong);
    }

    /// A notice's winner is the one bid whose examination says so.
    fn winners_agree(&mut self, books: &Books) {
        let mut won: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let all = self
            .sheets
            .values()
            .filter(|sheet| sheet["successBidderFlag"] == true);
        for sheet in all {
            won.entry(text(sheet, "noticeNo"))
                .or_default()
                .push(text(sheet, "companyNm"));
        }
        for notice in books.all("biddingManagements") {
            let of = won.remove(text(notice, "noticeNo")).unwrap_or_default();
            let named: Vec<_> = notice["succBidderNm"].as_str().into_iter().collect();
            if of != named {
                self.wrong
                    .push(format!("won by {of:?}, and the notice says {notice}"));
            }
        }
        let nowhere = won
            .into_iter()
            .map(|(notice, of)| format!("{of:?} won {notice}, which is no notice"));
        self.wrong.extend(nowhere);
    }

    /// Nothing is left of a canceled notice (I2), and each that stands has had one row prepared.
    fn canceled_are_gone(&mut self, books: &Books) {
        let standing: BTreeSet<&str> = self.notices.values().copied().collect();
        let mut of = self.blank.clone();
        of.extend(self.bids.values().map(|(notice, _)| notice.as_str()));
        let left = of.iter().filter(|notice| !standing.contains(**notice));
        let left: Vec<_> = left
            .map(|notice| format!("there is no notice {notice}, and it has rows"))
            .collect();
        let blank: BTreeSet<_> = self.blank.iter().collect();
        if blank.len() != self.blank.len() {
            self.wrong.push(format!("prepared twice: {:?}", self.blank));
        }
        let prepared = told(books, "BiddingNoticeReceived");
        let prepared: BTreeSet<&str> = prepared.iter().map(|data| text(data, "noticeNo")).collect();
        let not = standing.difference(&prepared);
        self.wrong
            .extend(not.map(|notice| format!("no row was prepared for {notice}")));
        self.wrong.extend(left);
    }

    /// I3: what was answered is so.
    fn is_kept(&mut self, promises: &Promises) {
        let mut wrong = Vec::new();
        for (id, number) in &promises.notices {
            let found = self.notices.get(id);
            let wanted = (!promises.canceled.contains(id)).then_some(number.as_str());
            if found.copied() != wanted {
                wrong.push(format!(
                    "notice {id} was answered as {wanted:?}, and is {found:?}"
                ));
            }
        }
        let canceled = promises.canceled.iter();
        let canceled: BTreeSet<_> = canceled.filter_map(|id| promises.notices.get(id)).collect();
        for (row, bid) in &promises.bids {
            let found = self.bids.get(row);
            let stands = !promises.withdrawn.contains(row) && !canceled.contains(&bid.0);
            let wanted = stands.then_some(bid);
            if found != wanted {
                wrong.push(format!(
                    "bid {row} was answered as {wanted:?}, and is {found:?}"
                ));
            }
            let sheet = self
                .sheets
                .get(bid)
                .map(|sheet| &sheet["successBidderFlag"]);
            if stands && promises.won.contains(bid) && sheet != Some(&Value::Bool(true)) {
                wrong.push(format!("{bid:?} was answered as won, and is {sheet:?}"));
            }
        }
        self.wrong.extend(wrong);
    }

    /// I4: these happen once to a notice or a bid.
    fn told_once(&mut self, books: &Books) {
        for event in [
            "NoticeRegistered",
            "BiddingNoticeReceived",
            "NoticeCanceled",
            "BiddingNoticeClosed",
            "BiddingParticipated",
            "BiddingParticipationCanceled",
            "BidReceived",
        ] {
            let mut seen = BTreeSet::new();
            let again = told(books, event)
                .into_iter()
                .filter(|data| !seen.insert(bid_no(data)));
            let again: Vec<_> = again
                .map(|data| format!("{event} was told again: {data}"))
                .collect();
            self.wrong.extend(again);
        }
    }

    /// Each bidder was sent what happened to the bid, each once.
    fn sms_are_sent(&mut self, books: &Books) {
        let mut due = BTreeSet::new();
        for (event, contents) in [
            ("BiddingParticipated", "입찰서 등록 완료"),
            ("BiddingParticipationCanceled", "입찰서 등록 취소"),
            ("SuccessBidderRegistered", "낙찰 되었습니다~~~"),
        ] {
            let told = told(books, event).into_iter();
            due.extend(told.map(|data| (text(data, "phoneNumber"), contents)));
        }
        let mut sent = BTreeSet::new();
        for sms in books.all("smsHistories") {
            let message = (text(sms, "phoneNumber"), text(sms, "contents"));
            if !sent.insert(message) {
                self.wrong.push(format!("sent twice: {message:?}"));
            }
        }
        let unsent = due
            .difference(&sent)
            .map(|message| format!("not sent: {message:?}"));
        self.wrong.extend(unsent);
        let unasked = sent
            .difference(&due)
            .map(|message| format!("sent for nothing: {message:?}"));
        self.wrong.extend(unasked);
    }
}

/// The data of all events of this name.
fn told<'a>(books: &'a Books, event: &str) -> Vec<&'a Value> {
    let named = books.events.iter().filter(|told| told["type"] == event);
    named.map(|told| &told["data"]).collect()
}
