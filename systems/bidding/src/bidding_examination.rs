//! Examinations: bids are scored, and one of them wins.
//!
//! A result that a bid has won is registered only when its notice says so too: that is where two
//! winners would meet.

mod form;
mod sheet;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Ask, Context, Decision, Id, Key, Method, Refusal, Resource, Tell, events};

use crate::bidding_management::SuccessBidderRegistered;
use crate::bidding_participation::{BidNo, BiddingParticipated, BiddingParticipationCanceled};
use form::ResultForm;
pub use sheet::{Scores, Sheet};

/// The seed's own deadline (Hystrix, `timeoutInMilliseconds: 1000`).
const REGISTERED_WITHIN: Duration = Duration::from_secs(1);

/// Examinations, at `/biddingExaminations`. Each has the number of its bid's row, as the seed's command
/// lines assume.
pub fn context() -> Context {
    Context::new("BiddingExamination", 8083)
        .aggregate(
            Resource::at(
                "biddingExaminations",
                "biddingExamination",
                Examination::shown,
            )
            .numbered_as("biddingParticipation")
            .listed_by("noticeNo")
            .change(|result: ResultForm| result.checked().map(ExaminationCommand::Examine))
            .asks_within(
                "BiddingManagement",
                REGISTERED_WITHIN,
                winning_asks_notice_to_register_winner,
            ),
        )
        .policy(whenever_bidding_participated_prepare_examination)
        .policy(whenever_bidding_participation_canceled_cancel_examination)
        .policy(whenever_success_bidder_registered_complete_examination)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum ExaminationCommand {
    Prepare(Sheet),
    Examine(ResultForm),
    Complete,
    Cancel(BidNo),
}

// Events

/// A bid is to be examined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BidReceived {
    /// The examination.
    pub id: Id,
    /// What is known of the bid.
    #[serde(flatten)]
    pub sheet: Sheet,
}

/// Its scores are registered; whether it wins is said elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoresRegistered {
    /// The examination.
    pub id: Id,
    /// The bid.
    #[serde(flatten)]
    pub bid: BidNo,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
}

/// A bid has won or lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExaminationResultRegistered {
    /// The examination.
    pub id: Id,
    /// The bid.
    #[serde(flatten)]
    pub bid: BidNo,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
    /// Whether it has won.
    pub success_bidder_flag: bool,
    /// The company: misspelled and never filled in the original.
    #[serde(rename = "comapanyNm")]
    pub company_nm: Option<String>,
    /// Its phone.
    pub phone_number: Option<String>,
}

/// The bid is gone, and its result with it. Told again when it wins afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiddingExaminationCanceled {
    /// The examination.
    pub id: Id,
    /// The bid.
    #[serde(flatten)]
    pub bid: BidNo,
}

events! {
    /// What an examination can tell.
    pub enum ExaminationEvent {
        BidReceived, ScoresRegistered, ExaminationResultRegistered, BiddingExaminationCanceled
    }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Examination {
    #[default]
    New,
    Underway(Sheet),
    Canceled(BidNo),
}

impl Aggregate for Examination {
    const KIND: &'static str = "biddingExamination";
    type Command = ExaminationCommand;
    type Event = ExaminationEvent;

    fn decide(&self, id: Id, command: ExaminationCommand) -> Decision<ExaminationEvent> {
        match (self, command) {
            (Self::New, ExaminationCommand::Prepare(sheet)) => {
                Ok(vec![BidReceived { id, sheet }.into()])
            }
            // A redelivery; or a cancel that came first, and stays.
            (Self::Underway(_) | Self::Canceled(_), ExaminationCommand::Prepare(_)) => Ok(vec![]),

            (Self::Underway(sheet), ExaminationCommand::Examine(result)) => {
                sheet.examined(id, &result)
            }
            (Self::Underway(sheet), ExaminationCommand::Complete) => {
                let won = ResultForm {
                    success_bidder_flag: Some(true),
                    ..ResultForm::default()
                };
                sheet.examined(id, &won)
            }

            (Self::New, ExaminationCommand::Cancel(bid)) => {
                Ok(vec![BiddingExaminationCanceled { id, bid }.into()])
            }
            (Self::Underway(sheet), ExaminationCommand::Cancel(_)) => {
                let bid = sheet.bid.clone();
                Ok(vec![BiddingExaminationCanceled { id, bid }.into()])
            }
            (Self::Canceled(_), ExaminationCommand::Cancel(_)) => Ok(vec![]),
            // It won while it was being canceled: the notice must know, to be open again.
            (Self::Canceled(bid), ExaminationCommand::Complete) => {
                let bid = bid.clone();
                Ok(vec![BiddingExaminationCanceled { id, bid }.into()])
            }

            (Self::Canceled(_), ExaminationCommand::Examine(_)) => Err(Refusal::conflict(
                "bid-canceled",
                "This bid has been withdrawn, or its notice has been canceled.",
            )
            .ko("취소된 입찰은 심사할 수 없습니다.")),
            (Self::New, ExaminationCommand::Examine(_) | ExaminationCommand::Complete) => Err(
                Refusal::not_yet("examination-unknown", "There is no bid to examine yet.")
                    .ko("아직 심사할 입찰서가 없습니다."),
            ),
        }
    }

    fn evolve(self, event: &ExaminationEvent) -> Self {
        match (self, event) {
            (_, ExaminationEvent::BidReceived(received)) => Self::Underway(received.sheet.clone()),
            (Self::Underway(sheet), ExaminationEvent::ScoresRegistered(scored)) => {
                Self::Underway(Sheet {
                    scores: scored.scores,
                    ..sheet
                })
            }
            (Self::Underway(sheet), ExaminationEvent::ExaminationResultRegistered(result)) => {
                Self::Underway(Sheet {
                    scores: result.scores,
                    success_bidder_flag: Some(result.success_bidder_flag),
                    ..sheet
                })
            }
            (_, ExaminationEvent::BiddingExaminationCanceled(canceled)) => {
                Self::Canceled(canceled.bid.clone())
            }
            (
                state,
                ExaminationEvent::ScoresRegistered(_)
                | ExaminationEvent::ExaminationResultRegistered(_),
            ) => state,
        }
    }

    fn keys(&self) -> Vec<Key> {
        let bid = match self {
            Self::New => return Vec::new(),
            Self::Underway(sheet) => &sheet.bid,
            Self::Canceled(bid) => bid,
        };
        vec![
            Key::unique("participateNo", bid.key()),
            Key::shared("noticeNo", &bid.notice_no),
        ]
    }
}

impl Examination {
    fn shown(&self) -> Option<Sheet> {
        match self {
            Self::New | Self::Canceled(_) => None,
            Self::Underway(sheet) => Some(sheet.clone()),
        }
    }
}

// Calls

/// No winner without the notice. It knows a repeated question by the bid, and what it has
/// registered comes back as `SuccessBidderRegistered` if the answer does not.
fn winning_asks_notice_to_register_winner(
    _: Id,
    examination: &Examination,
    command: &ExaminationCommand,
) -> Option<Ask<Examination>> {
    match (examination, command) {
        (Examination::Underway(sheet), ExaminationCommand::Examine(result)) => {
            let wins = result.success_bidder_flag == Some(true)
                && sheet.success_bidder_flag != Some(true)
                && result.is_about(&sheet.bid);
            let path = "/biddingManagements/registSucessBidder";
            wins.then(|| {
                Ask::permission(Method::Put, path, &sheet.award()).on_not_found(no_such_notice())
            })
        }
        (Examination::New | Examination::Canceled(_), _)
        | (
            _,
            ExaminationCommand::Prepare(_)
            | ExaminationCommand::Complete
            | ExaminationCommand::Cancel(_),
        ) => None,
    }
}

fn no_such_notice() -> Refusal {
    Refusal::conflict(
        "notice-not-open",
        "There is no notice for this bid, or it has been canceled.",
    )
    .ko("입찰공고가 없거나 취소되어 낙찰자를 등록할 수 없습니다.")
}

// Policies

/// A bid is in: examine it.
fn whenever_bidding_participated_prepare_examination(
    participated: &BiddingParticipated,
) -> Tell<Examination> {
    let bid = &participated.bid;
    Examination::at(participated.id).tell(ExaminationCommand::Prepare(Sheet {
        bid: bid.no(),
        company_nm: bid.company_nm.clone(),
        phone_number: bid.phone_number.clone(),
        ..Sheet::default()
    }))
}

/// A bid is gone: so is its examination.
fn whenever_bidding_participation_canceled_cancel_examination(
    canceled: &BiddingParticipationCanceled,
) -> Tell<Examination> {
    Examination::at(canceled.id).tell(ExaminationCommand::Cancel(canceled.bid.clone()))
}

/// The echo of the call: the notice has its winner, and we may have died before we wrote it down.
fn whenever_success_bidder_registered_complete_examination(
    registered: &SuccessBidderRegistered,
) -> Option<Tell<Examination>> {
    let bid = BidNo {
        notice_no: registered.award.notice_no.clone(),
        participate_no: registered.award.participate_no.clone()?,
    };
    Some(Examination::each_by("participateNo", bid.key()).tell(ExaminationCommand::Complete))
}

#[cfg(test)]
mod tests;
