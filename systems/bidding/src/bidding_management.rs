//! Notices: an agency asks for bids, and one of them wins.
//!
//! Examiners may name winners at the same moment, so the notice decides which came first:
//! examination asks it before it registers a result, and so no notice ever has two winners.

mod tender;

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Decision, Id, Key, Patch, Refusal, Resource, Tell, events};

use crate::bidding_examination::BiddingExaminationCanceled;
use crate::bidding_participation::BidNo;
use tender::ShownNotice;
pub use tender::{Award, Tender};

/// Notices, at `/biddingManagements`.
pub fn context() -> Context {
    Context::new("BiddingManagement", 8081)
        .aggregate(
            Resource::at("biddingManagements", "biddingManagement", Notice::shown)
                .found_by("noticeNo")
                .create(|tender: Tender| tender.checked().map(NoticeCommand::Register))
                .change(|patch: Patch<Tender>| Ok(NoticeCommand::Change(patch)))
                .remove(|_| Ok(NoticeCommand::Cancel))
                .act_by_key("registSucessBidder", |award: Award| {
                    award.checked().map(NoticeCommand::Award)
                }),
        )
        .policy(whenever_bidding_examination_canceled_take_back_award)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum NoticeCommand {
    Register(Tender),
    Change(Patch<Tender>),
    Cancel,
    Award(Award),
    TakeBackAward(BidNo),
}

// Events

/// An agency asks for bids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeRegistered {
    /// The notice.
    pub id: Id,
    /// What it asks for.
    #[serde(flatten)]
    pub tender: Tender,
    /// Nobody yet.
    pub succ_bidder_nm: Option<String>,
}

/// It asks for something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoticeChanged {
    /// The notice.
    pub id: Id,
    /// What it asks for now.
    #[serde(flatten)]
    pub tender: Tender,
}

/// A bid has won.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SuccessBidderRegistered {
    /// The notice.
    pub id: Id,
    /// What for.
    pub title: Option<String>,
    /// Who asked.
    pub demand_org_nm: Option<String>,
    /// Who won it.
    #[serde(flatten, deserialize_with = "tender::heard_award")]
    pub award: Award,
}

/// The bid that had won is gone: the notice is open again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuccessBidderCanceled {
    /// The notice.
    pub id: Id,
    /// The bid.
    #[serde(flatten)]
    pub bid: BidNo,
}

/// The agency asks no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeCanceled {
    /// The notice.
    pub id: Id,
    /// Its number, which stays taken.
    pub notice_no: String,
    /// What for.
    pub title: Option<String>,
}

events! {
    /// What a notice can tell.
    pub enum NoticeEvent {
        NoticeRegistered, NoticeChanged, SuccessBidderRegistered, SuccessBidderCanceled, NoticeCanceled
    }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Notice {
    #[default]
    New,
    Open(Tender),
    Awarded(Tender, Award),
    /// Its number stays taken.
    Canceled(String),
}

impl Aggregate for Notice {
    const KIND: &'static str = "biddingManagement";
    type Command = NoticeCommand;
    type Event = NoticeEvent;

    fn decide(&self, id: Id, command: NoticeCommand) -> Decision<NoticeEvent> {
        match (self, command) {
            (Self::New, NoticeCommand::Register(tender)) => Ok(vec![tender.registered(id).into()]),
            (Self::Open(known) | Self::Awarded(known, _), NoticeCommand::Register(tender)) => {
                known.same_as(&tender)
            }

            (Self::Open(tender), NoticeCommand::Change(patch)) => tender.changed(id, &patch),
            (Self::Awarded(..), NoticeCommand::Change(_)) => Err(Refusal::conflict(
                "notice-awarded",
                "This notice has a winner and cannot be changed any more.",
            )
            .ko("낙찰자가 정해진 공고는 바꿀 수 없습니다.")),

            // What was won goes with the notice.
            (Self::Open(tender) | Self::Awarded(tender, _), NoticeCommand::Cancel) => {
                Ok(vec![tender.canceled(id).into()])
            }
            (Self::Canceled(_), NoticeCommand::Cancel) => Ok(vec![]),

            (Self::Open(tender), NoticeCommand::Award(award)) => tender.awarded(id, award),
            (Self::Awarded(_, won), NoticeCommand::Award(award)) => won.same_as(&award),

            (Self::Awarded(_, won), NoticeCommand::TakeBackAward(bid)) => {
                Ok(won.taken_back(id, bid))
            }
            // An award that was not made, or went with its notice.
            (Self::New | Self::Open(_) | Self::Canceled(_), NoticeCommand::TakeBackAward(_)) => {
                Ok(vec![])
            }

            (
                Self::Canceled(_),
                NoticeCommand::Register(_) | NoticeCommand::Change(_) | NoticeCommand::Award(_),
            ) => Err(Refusal::conflict(
                "notice-canceled",
                "This notice has been canceled; its `noticeNo` cannot be used again.",
            )
            .ko("취소된 공고입니다. 같은 공고번호는 다시 쓸 수 없습니다.")),
            (
                Self::New,
                NoticeCommand::Change(_) | NoticeCommand::Cancel | NoticeCommand::Award(_),
            ) => Err(
                Refusal::not_yet("notice-unknown", "There is no such notice yet.")
                    .ko("아직 그런 입찰공고가 없습니다."),
            ),
        }
    }

    fn evolve(self, event: &NoticeEvent) -> Self {
        match (self, event) {
            (_, NoticeEvent::NoticeRegistered(registered)) => Self::Open(registered.tender.clone()),
            (_, NoticeEvent::NoticeChanged(changed)) => Self::Open(changed.tender.clone()),
            (Self::Open(tender), NoticeEvent::SuccessBidderRegistered(won)) => {
                Self::Awarded(tender, won.award.clone())
            }
            (Self::Awarded(tender, _), NoticeEvent::SuccessBidderCanceled(_)) => Self::Open(tender),
            (_, NoticeEvent::NoticeCanceled(canceled)) => {
                Self::Canceled(canceled.notice_no.clone())
            }
            (
                state,
                NoticeEvent::SuccessBidderRegistered(_) | NoticeEvent::SuccessBidderCanceled(_),
            ) => state,
        }
    }

    fn keys(&self) -> Vec<Key> {
        let notice_no = match self {
            Self::New => return Vec::new(),
            Self::Open(tender) | Self::Awarded(tender, _) => &tender.notice_no,
            Self::Canceled(notice_no) => notice_no,
        };
        vec![Key::unique("noticeNo", notice_no)]
    }

    fn identity(command: &NoticeCommand) -> Option<Key> {
        let notice_no = match command {
            NoticeCommand::Register(tender) => &tender.notice_no,
            NoticeCommand::Award(award) => &award.notice_no,
            NoticeCommand::Change(_) | NoticeCommand::Cancel | NoticeCommand::TakeBackAward(_) => {
                return None;
            }
        };
        Some(Key::unique("noticeNo", notice_no))
    }
}

impl Notice {
    fn shown(&self) -> Option<ShownNotice> {
        match self {
            Self::New | Self::Canceled(_) => None,
            Self::Open(tender) => Some(tender.clone().shown(None)),
            Self::Awarded(tender, won) => Some(tender.clone().shown(Some(won))),
        }
    }
}

// Policies

/// The bid that won was withdrawn, or was gone when it won: the notice is open again.
fn whenever_bidding_examination_canceled_take_back_award(
    canceled: &BiddingExaminationCanceled,
) -> Tell<Notice> {
    Notice::each_by("noticeNo", &canceled.bid.notice_no)
        .tell(NoticeCommand::TakeBackAward(canceled.bid.clone()))
}

#[cfg(test)]
mod tests;
