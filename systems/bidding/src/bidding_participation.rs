//! Bids: a row is prepared for each notice, and companies submit into it or beside it.
//!
//! A submitted bid stays as it is: whoever thinks better of it withdraws it, for good, and bids
//! under another `participateNo`. A bid on a notice that this context has not heard of yet is
//! taken; if that notice turns out to be canceled, the bid goes with it.

mod bid;

use serde::{Deserialize, Serialize};
use storm::text::as_kept;
use storm::{Aggregate, Context, Decision, Id, Key, Patch, Refusal, Resource, Tell, events};

use crate::bidding_management::{NoticeCanceled, NoticeRegistered};
pub use bid::{Bid, BidNo};
use bid::{ShownParticipation, other_notice};

/// Bids and rows for them, at `/biddingParticipations`.
pub fn context() -> Context {
    Context::new("BiddingParticipation", 8082)
        .aggregate(
            Resource::at(
                "biddingParticipations",
                "biddingParticipation",
                Participation::shown,
            )
            .listed_by("noticeNo")
            .create(|bid: Bid| bid.checked().map(ParticipationCommand::Submit))
            .change(|patch: Patch<Bid>| Ok(ParticipationCommand::FillIn(patch)))
            .remove(|_| Ok(ParticipationCommand::Withdraw)),
        )
        .policy(whenever_notice_registered_prepare_participation)
        .policy(whenever_notice_canceled_cancel_participations)
        .same_commit(whenever_bidding_participated_check_notice)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum ParticipationCommand {
    Prepare(String),
    Submit(Bid),
    FillIn(Patch<Bid>),
    Withdraw,
    CancelNotice(String),
    CheckNotice,
}

// Events

/// There is a row to bid in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BiddingNoticeReceived {
    /// The row.
    pub id: Id,
    /// The notice's number.
    pub notice_no: String,
}

/// A company has submitted a bid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiddingParticipated {
    /// The row.
    pub id: Id,
    /// The bid.
    #[serde(flatten)]
    pub bid: Bid,
}

/// The bid is withdrawn, or went with its notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BiddingParticipationCanceled {
    /// The row.
    pub id: Id,
    /// Which bid.
    #[serde(flatten, deserialize_with = "bid::perhaps_of_nobody")]
    pub bid: BidNo,
    /// Whom to tell; the original left it out.
    pub phone_number: Option<String>,
}

/// No more bids are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BiddingNoticeClosed {
    /// The row that was prepared.
    pub id: Id,
    /// The notice's number.
    pub notice_no: String,
}

events! {
    /// What a row can tell.
    pub enum ParticipationEvent {
        BiddingNoticeReceived, BiddingParticipated, BiddingParticipationCanceled, BiddingNoticeClosed
    }
}

// Aggregate

/// `prepared`: whether it is the row of a notice, which knows whether that notice still stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Participation {
    #[default]
    New,
    Prepared(String),
    Submitted {
        bid: Bid,
        prepared: bool,
    },
    Withdrawn {
        bid: BidNo,
        prepared: bool,
    },
    Closed(String),
}

impl Aggregate for Participation {
    const KIND: &'static str = "biddingParticipation";
    type Command = ParticipationCommand;
    type Event = ParticipationEvent;

    fn decide(&self, id: Id, command: ParticipationCommand) -> Decision<ParticipationEvent> {
        match (self, command) {
            (Self::New, ParticipationCommand::Prepare(notice_no)) => {
                Ok(vec![BiddingNoticeReceived { id, notice_no }.into()])
            }
            // A redelivery; or a cancel that came first, and stays.
            (
                Self::Prepared(_)
                | Self::Submitted { .. }
                | Self::Withdrawn { .. }
                | Self::Closed(_),
                ParticipationCommand::Prepare(_),
            ) => Ok(vec![]),

            (Self::New, ParticipationCommand::Submit(bid)) => {
                Ok(vec![BiddingParticipated { id, bid }.into()])
            }
            (Self::Prepared(notice_no), ParticipationCommand::Submit(bid)) => {
                if bid.notice_no != *notice_no {
                    return Err(other_notice());
                }
                Ok(vec![BiddingParticipated { id, bid }.into()])
            }
            (Self::Submitted { bid: known, .. }, ParticipationCommand::Submit(bid)) => {
                known.same_as(&bid)
            }
            (Self::Withdrawn { .. }, ParticipationCommand::Submit(_)) => Err(Refusal::conflict(
                "bid-withdrawn",
                "This bid has been withdrawn; bid again with another `participateNo`.",
            )
            .ko("이미 취소된 입찰입니다. 다른 참여번호로 다시 입찰해 주세요.")),

            (Self::Prepared(_) | Self::Submitted { .. }, ParticipationCommand::FillIn(patch)) => {
                let bid = self.spelled(patch.onto(&self.shown())?.checked()?);
                self.decide(id, ParticipationCommand::Submit(bid))
            }

            (Self::Submitted { bid, .. }, ParticipationCommand::Withdraw) => {
                Ok(vec![bid.canceled(id).into()])
            }
            (Self::Prepared(_), ParticipationCommand::Withdraw) => Err(Refusal::conflict(
                "no-bid",
                "No bid has been submitted here, so there is none to withdraw.",
            )
            .ko("등록된 입찰서가 없어 취소할 수 없습니다.")),
            (Self::Withdrawn { .. } | Self::Closed(_), ParticipationCommand::Withdraw) => {
                Ok(vec![])
            }

            (
                Self::New | Self::Prepared(_) | Self::Withdrawn { prepared: true, .. },
                ParticipationCommand::CancelNotice(notice_no),
            ) => Ok(vec![BiddingNoticeClosed { id, notice_no }.into()]),
            (Self::Submitted { bid, prepared }, ParticipationCommand::CancelNotice(notice_no)) => {
                let mut events = vec![bid.canceled(id).into()];
                if *prepared {
                    events.push(BiddingNoticeClosed { id, notice_no }.into());
                }
                Ok(events)
            }
            (
                Self::Withdrawn {
                    prepared: false, ..
                }
                | Self::Closed(_),
                ParticipationCommand::CancelNotice(_),
            ) => Ok(vec![]),

            (
                Self::New | Self::Prepared(_) | Self::Submitted { .. } | Self::Withdrawn { .. },
                ParticipationCommand::CheckNotice,
            ) => Ok(vec![]),
            (
                Self::Closed(_),
                ParticipationCommand::Submit(_)
                | ParticipationCommand::FillIn(_)
                | ParticipationCommand::CheckNotice,
            ) => Err(Refusal::conflict(
                "notice-canceled",
                "This notice has been canceled and takes no more bids.",
            )
            .ko("취소된 공고에는 입찰할 수 없습니다.")),

            (Self::New | Self::Withdrawn { .. }, ParticipationCommand::FillIn(_))
            | (Self::New, ParticipationCommand::Withdraw) => Err(Refusal::not_yet(
                "participation-unknown",
                "There is no such bid.",
            )
            .ko("그런 입찰서가 없습니다.")),
        }
    }

    fn evolve(self, event: &ParticipationEvent) -> Self {
        match (self, event) {
            (_, ParticipationEvent::BiddingNoticeReceived(received)) => {
                Self::Prepared(received.notice_no.clone())
            }
            (before, ParticipationEvent::BiddingParticipated(participated)) => Self::Submitted {
                bid: participated.bid.clone(),
                prepared: before.is_prepared(),
            },
            (before, ParticipationEvent::BiddingParticipationCanceled(canceled)) => {
                Self::Withdrawn {
                    bid: canceled.bid.clone(),
                    prepared: before.is_prepared(),
                }
            }
            (_, ParticipationEvent::BiddingNoticeClosed(closed)) => {
                Self::Closed(closed.notice_no.clone())
            }
        }
    }

    fn keys(&self) -> Vec<Key> {
        let (notice_no, bid) = match self {
            Self::New => return Vec::new(),
            Self::Prepared(notice_no) | Self::Closed(notice_no) => (notice_no, None),
            Self::Submitted { bid, .. } => (&bid.notice_no, Some(bid.no())),
            Self::Withdrawn { bid, .. } => (&bid.notice_no, Some(bid.clone())),
        };
        let mut keys = vec![Key::shared("noticeNo", notice_no)];
        keys.extend(bid.map(|bid| Key::unique("participateNo", bid.key())));
        if self.is_prepared() {
            keys.push(Key::unique(PREPARED_FOR, notice_no));
        }
        keys
    }

    fn identity(command: &ParticipationCommand) -> Option<Key> {
        match command {
            ParticipationCommand::Submit(bid) => Some(Key::unique("participateNo", bid.no().key())),
            ParticipationCommand::Prepare(_)
            | ParticipationCommand::FillIn(_)
            | ParticipationCommand::Withdraw
            | ParticipationCommand::CancelNotice(_)
            | ParticipationCommand::CheckNotice => None,
        }
    }
}

/// The key of the one row that was prepared for a notice.
const PREPARED_FOR: &str = "preparedFor";

impl Participation {
    fn is_prepared(&self) -> bool {
        match self {
            Self::New => false,
            Self::Prepared(_) | Self::Closed(_) => true,
            Self::Submitted { prepared, .. } | Self::Withdrawn { prepared, .. } => *prepared,
        }
    }

    /// The bid, its numbers spelled as those that are here.
    fn spelled(&self, mut bid: Bid) -> Bid {
        match self {
            Self::New | Self::Withdrawn { .. } | Self::Closed(_) => {}
            Self::Prepared(notice_no) => bid.notice_no = as_kept(bid.notice_no, notice_no),
            Self::Submitted { bid: known, .. } => {
                bid.notice_no = as_kept(bid.notice_no, &known.notice_no);
                bid.participate_no = as_kept(bid.participate_no, &known.participate_no);
            }
        }
        bid
    }

    fn shown(&self) -> Option<ShownParticipation> {
        match self {
            Self::New | Self::Withdrawn { .. } | Self::Closed(_) => None,
            Self::Prepared(notice_no) => Some(ShownParticipation::prepared(notice_no)),
            Self::Submitted { bid, .. } => Some(bid.clone().shown()),
        }
    }
}

// Policies

/// Somebody may bid: here is a row for it.
fn whenever_notice_registered_prepare_participation(
    registered: &NoticeRegistered,
) -> Tell<Participation> {
    let notice_no = &registered.tender.notice_no;
    Participation::by(PREPARED_FOR, notice_no)
        .tell(ParticipationCommand::Prepare(notice_no.clone()))
}

/// No more bids, and those that there are go: the row that was prepared remembers it.
fn whenever_notice_canceled_cancel_participations(
    canceled: &NoticeCanceled,
) -> Vec<Tell<Participation>> {
    let cancel = ParticipationCommand::CancelNotice(canceled.notice_no.clone());
    vec![
        Participation::by(PREPARED_FOR, &canceled.notice_no).tell(cancel.clone()),
        Participation::each_by("noticeNo", &canceled.notice_no).tell(cancel),
    ]
}

/// A bid stands only if its notice has not been canceled: the row that was prepared for it knows.
/// When there is none yet, the bid is taken.
fn whenever_bidding_participated_check_notice(
    participated: &BiddingParticipated,
) -> Tell<Participation> {
    Participation::by(PREPARED_FOR, &participated.bid.notice_no)
        .tell(ParticipationCommand::CheckNotice)
}

#[cfg(test)]
mod tests;
