//! What an agency asks for, and who wins it.

use serde::{Deserialize, Deserializer, Serialize};
use storm::form::{Field, field};
use storm::text::as_kept;
use storm::{Date, Decision, Id, Patch, Refusal, ShownDate};

use super::{
    NoticeCanceled, NoticeChanged, NoticeEvent, NoticeRegistered, SuccessBidderCanceled,
    SuccessBidderRegistered,
};
use crate::bidding_participation::BidNo;
use crate::forms;

const NOTICE_NO: Field = field("noticeNo", "공고번호");

/// Whose notices are not awarded here: the procurement service names its winners itself (the
/// original refuses them; its text does not say why).
pub(super) const PROCUREMENT_SERVICE: &str = "조달청";

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
    #[serde(default, deserialize_with = "storm::lenient::lines")]
    pub biz_info: Option<String>,
    /// Who may bid.
    #[serde(default, deserialize_with = "storm::lenient::lines")]
    pub qualifications: Option<String>,
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

/// As the original's service tells it of every change of a notice: without the bid's number, and
/// without a name as long as nobody has won.
pub(super) fn heard_award<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Award, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Heard {
        notice_no: String,
        succ_bidder_nm: Option<String>,
        phone_number: Option<String>,
        participate_no: Option<String>,
    }
    let heard = Heard::deserialize(deserializer)?;
    Ok(Award {
        notice_no: heard.notice_no,
        succ_bidder_nm: heard.succ_bidder_nm.unwrap_or_default(),
        phone_number: heard.phone_number,
        participate_no: heard.participate_no,
    })
}

impl Tender {
    pub(super) fn checked(self) -> Result<Self, Refusal> {
        let notice_no = forms::number(NOTICE_NO, &self.notice_no)?;
        field("title", "공고명").at_most(self.title.as_deref(), forms::NAME)?;
        field("demandOrgNm", "수요기관").at_most(self.demand_org_nm.as_deref(), forms::NAME)?;
        field("bizInfo", "사업 정보").at_most(self.biz_info.as_deref(), forms::DESCRIPTION)?;
        field("qualifications", "참가 자격")
            .at_most(self.qualifications.as_deref(), forms::DESCRIPTION)?;
        field("price", "금액").at_least(self.price, 0, "amount-negative")?;
        Ok(Self { notice_no, ..self })
    }

    pub(super) fn registered(self, id: Id) -> NoticeRegistered {
        NoticeRegistered {
            id,
            tender: self,
            succ_bidder_nm: None,
        }
    }

    pub(super) fn same_as(&self, tender: &Self) -> Decision<NoticeEvent> {
        if self == tender {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "notice-exists",
            "There is another notice with this `noticeNo`.",
        )
        .ko("같은 공고번호의 다른 공고가 이미 있습니다."))
    }

    pub(super) fn awarded(&self, id: Id, award: Award) -> Decision<NoticeEvent> {
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

    pub(super) fn canceled(&self, id: Id) -> NoticeCanceled {
        NoticeCanceled {
            id,
            notice_no: self.notice_no.clone(),
            title: self.title.clone(),
        }
    }

    pub(super) fn changed(&self, id: Id, patch: &Patch<Self>) -> Decision<NoticeEvent> {
        let mut tender = patch.onto(self)?.checked()?;
        tender.notice_no = as_kept(tender.notice_no, &self.notice_no);
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

    pub(super) fn shown(self, won: Option<&Award>) -> ShownNotice {
        ShownNotice {
            notice_no: self.notice_no,
            title: self.title,
            due_date: self.due_date.map(ShownDate),
            price: self.price,
            demand_org_nm: self.demand_org_nm,
            biz_info: self.biz_info,
            qualifications: self.qualifications,
            succ_bidder_nm: won.map(|won| won.succ_bidder_nm.clone()),
            phone_number: won.and_then(|won| won.phone_number.clone()),
        }
    }
}

impl Award {
    pub(super) fn checked(self) -> Result<Self, Refusal> {
        let notice_no = forms::number(NOTICE_NO, &self.notice_no)?;
        let participate_no = self.participate_no.as_deref();
        field("succBidderNm", "낙찰 업체").at_most(self.succ_bidder_nm.as_str(), forms::NAME)?;
        field("phoneNumber", "전화번호").at_most(self.phone_number.as_deref(), forms::PHONE)?;
        field("participateNo", "참여번호").at_most(participate_no, forms::NUMBER)?;
        Ok(Self { notice_no, ..self })
    }

    pub(super) fn same_as(&self, award: &Self) -> Decision<NoticeEvent> {
        if self.is_for_the_bid_of(award) {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "already-awarded",
            "Another bid has won this notice already.",
        )
        .ko("이미 다른 업체가 낙찰된 공고입니다."))
    }

    pub(super) fn taken_back(&self, id: Id, bid: BidNo) -> Vec<NoticeEvent> {
        if self.participate_no.as_ref() == Some(&bid.participate_no) {
            vec![SuccessBidderCanceled { id, bid }.into()]
        } else {
            vec![]
        }
    }

    /// Callers of the original's kind do not say which bid: then the company tells.
    pub(super) fn is_for_the_bid_of(&self, other: &Self) -> bool {
        match (&self.participate_no, &other.participate_no) {
            (Some(mine), Some(other)) => mine == other,
            (_, None) => self.succ_bidder_nm == other.succ_bidder_nm,
            // A company may have several bids, and each of them would be the one that has won.
            (None, Some(_)) => false,
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownNotice {
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
