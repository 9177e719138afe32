//! Notices: an agency asks for bids, and one of them wins.
//!
//! Examiners may name winners at the same moment, so the notice decides which came first:
//! examination asks it before it registers a result, and so no notice ever has two winners.

use serde::{Deserialize, Serialize};
use storm::form::{Field, field};
use storm::{
    Aggregate, Context, Date, Decision, Id, Key, Patch, Refusal, Resource, ShownDate, Tell, events,
};

use crate::bidding_examination::BiddingExaminationCanceled;
use crate::bidding_participation::BidNo;
use crate::forms;

const NOTICE_NO: Field = field("noticeNo", "공고번호");

/// Whose notices are not awarded here: the procurement service names its winners itself (the
/// original refuses them; its text does not say why).
const PROCUREMENT_SERVICE: &str = "조달청";

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

/// What an agency asks for. `succBidderNm` and `phoneNumber`, the winner's, are not taken over from
/// a form: who wins is the examination's to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tender {
    /// The agency's own number. A second notice of the same number is refused.
    pub notice_no: String,
    /// What for.
    pub title: Option<String>,
    /// Until when bids are taken.
    pub due_date: Option<Date>,
    /// At most, in won.
    pub price: Option<i64>,
    /// Who asks.
    pub demand_org_nm: Option<String>,
    /// What is to be done.
    pub biz_info: Option<String>,
    /// Who may bid.
    pub qualifications: Option<String>,
}

impl Tender {
    fn checked(self) -> Result<Self, Refusal> {
        let notice_no = forms::number(NOTICE_NO, &self.notice_no)?;
        field("title", "공고명").at_most(self.title.as_deref(), forms::NAME)?;
        field("demandOrgNm", "수요기관").at_most(self.demand_org_nm.as_deref(), forms::NAME)?;
        field("bizInfo", "사업 정보").at_most(self.biz_info.as_deref(), forms::DESCRIPTION)?;
        field("qualifications", "참가 자격")
            .at_most(self.qualifications.as_deref(), forms::DESCRIPTION)?;
        field("price", "금액").at_least(self.price, 0, "amount-negative")?;
        Ok(Self { notice_no, ..self })
    }

    fn changed(&self, id: Id, patch: &Patch<Self>) -> Decision<NoticeEvent> {
        let tender = patch.onto(self)?.checked()?;
        if tender.notice_no != self.notice_no {
            return Err(Refusal::conflict(
                "notice-no-fixed",
                "A notice keeps its `noticeNo`; register another notice instead.",
            )
            .ko("공고번호는 바꿀 수 없습니다. 새 공고를 등록해 주세요."));
        }
        if tender == *self {
            return Ok(vec![]);
        }
        Ok(vec![NoticeChanged { id, tender }.into()])
    }
}

/// The question that examination asks, in the original's fields; `participateNo`, which the original
/// did not send, says which bid. Idempotent by notice and bid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Award {
    /// Which notice.
    pub notice_no: String,
    /// The company that won.
    pub succ_bidder_nm: String,
    /// Its phone.
    pub phone_number: Option<String>,
    /// Its bid, unless a caller of the original's kind did not say.
    pub participate_no: Option<String>,
}

impl Award {
    fn checked(self) -> Result<Self, Refusal> {
        let notice_no = forms::number(NOTICE_NO, &self.notice_no)?;
        let participate_no = self.participate_no.as_deref();
        field("succBidderNm", "낙찰 업체").at_most(self.succ_bidder_nm.as_str(), forms::NAME)?;
        field("phoneNumber", "전화번호").at_most(self.phone_number.as_deref(), forms::PHONE)?;
        field("participateNo", "참여번호").at_most(participate_no, forms::NUMBER)?;
        Ok(Self { notice_no, ..self })
    }

    /// Callers of the original's kind do not say which bid: then the company tells.
    fn is_for_the_bid_of(&self, other: &Self) -> bool {
        match (&self.participate_no, &other.participate_no) {
            (Some(mine), Some(other)) => mine == other,
            (_, None) => self.succ_bidder_nm == other.succ_bidder_nm,
            // A company may have several bids, and each of them would be the one that has won.
            (None, Some(_)) => false,
        }
    }
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
    #[serde(flatten)]
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
            ) => Err(Refusal::not_yet(
                "notice-unknown",
                "There is no such notice yet.",
            )),
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

impl Tender {
    fn registered(self, id: Id) -> NoticeRegistered {
        NoticeRegistered {
            id,
            tender: self,
            succ_bidder_nm: None,
        }
    }

    fn same_as(&self, tender: &Self) -> Decision<NoticeEvent> {
        if self == tender {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "notice-exists",
            "There is another notice with this `noticeNo`.",
        )
        .ko("같은 공고번호의 다른 공고가 이미 있습니다."))
    }

    fn awarded(&self, id: Id, award: Award) -> Decision<NoticeEvent> {
        if self.demand_org_nm.as_deref() == Some(PROCUREMENT_SERVICE) {
            return Err(Refusal::conflict(
                "awarded-by-procurement-service",
                "The procurement service names the winners of its notices itself.",
            )
            .ko("조달청 공고에는 낙찰자를 등록할 수 없습니다."));
        }
        let won = SuccessBidderRegistered {
            id,
            title: self.title.clone(),
            demand_org_nm: self.demand_org_nm.clone(),
            award,
        };
        Ok(vec![won.into()])
    }

    fn canceled(&self, id: Id) -> NoticeCanceled {
        NoticeCanceled {
            id,
            notice_no: self.notice_no.clone(),
            title: self.title.clone(),
        }
    }
}

impl Award {
    fn same_as(&self, award: &Self) -> Decision<NoticeEvent> {
        if self.is_for_the_bid_of(award) {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "already-awarded",
            "Another bid has won this notice already.",
        )
        .ko("이미 다른 업체가 낙찰된 공고입니다."))
    }

    fn taken_back(&self, id: Id, bid: BidNo) -> Vec<NoticeEvent> {
        if self.participate_no.as_ref() == Some(&bid.participate_no) {
            vec![SuccessBidderCanceled { id, bid }.into()]
        } else {
            vec![]
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownNotice {
    notice_no: String,
    title: Option<String>,
    due_date: Option<ShownDate>,
    price: Option<i64>,
    demand_org_nm: Option<String>,
    biz_info: Option<String>,
    qualifications: Option<String>,
    succ_bidder_nm: Option<String>,
    phone_number: Option<String>,
}

impl Notice {
    fn shown(&self) -> Option<ShownNotice> {
        let (tender, won) = match self {
            Self::New | Self::Canceled(_) => return None,
            Self::Open(tender) => (tender.clone(), None),
            Self::Awarded(tender, won) => (tender.clone(), Some(won.clone())),
        };
        let (succ_bidder_nm, phone_number) = won.map_or((None, None), |won| {
            (Some(won.succ_bidder_nm), won.phone_number)
        });
        Some(ShownNotice {
            notice_no: tender.notice_no,
            title: tender.title,
            due_date: tender.due_date.map(ShownDate),
            price: tender.price,
            demand_org_nm: tender.demand_org_nm,
            biz_info: tender.biz_info,
            qualifications: tender.qualifications,
            succ_bidder_nm,
            phone_number,
        })
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
