//! What a company submits.

use serde::{Deserialize, Deserializer, Serialize};
use storm::form::field;
use storm::{Date, Decision, Id, Refusal, ShownDate};

use super::{BiddingParticipationCanceled, ParticipationEvent};
use crate::forms;

/// Which bid: of whom, on which notice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BidNo {
    /// The notice's number.
    pub notice_no: String,
    /// The bid's own number, on that notice.
    pub participate_no: String,
}

impl BidNo {
    /// Both, as one key: neither has a control character in it.
    pub(crate) fn key(&self) -> String {
        format!("{}\u{1f}{}", self.notice_no, self.participate_no)
    }
}

/// As the original's service tells it of a row that nobody has bid in: the bid's number is empty.
pub(super) fn perhaps_of_nobody<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BidNo, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Heard {
        notice_no: String,
        participate_no: Option<String>,
    }
    let heard = Heard::deserialize(deserializer)?;
    Ok(BidNo {
        notice_no: heard.notice_no,
        participate_no: heard.participate_no.unwrap_or_default(),
    })
}

/// What a company submits. `feePaymentFlag`: whether it has paid the fee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bid {
    /// The notice's number.
    pub notice_no: String,
    /// The bid's own number, on that notice.
    pub participate_no: String,
    /// The company's number.
    pub company_no: Option<String>,
    /// The company.
    pub company_nm: Option<String>,
    /// When it bids.
    pub participate_date: Option<Date>,
    /// For how much, in won.
    pub offer_price: Option<i64>,
    /// What it offers.
    #[serde(default, deserialize_with = "storm::lenient::lines")]
    pub offer_contents: Option<String>,
    /// Whether the fee is paid.
    pub fee_payment_flag: Option<bool>,
    /// Whom to tell how the bid stands.
    pub phone_number: Option<String>,
}

impl Bid {
    pub(super) fn checked(self) -> Result<Self, Refusal> {
        let notice_no = forms::number(field("noticeNo", "공고번호"), &self.notice_no)?;
        let participate_no =
            forms::number(field("participateNo", "참여번호"), &self.participate_no)?;
        field("companyNo", "업체번호").at_most(self.company_no.as_deref(), forms::NUMBER)?;
        field("companyNm", "업체명").at_most(self.company_nm.as_deref(), forms::NAME)?;
        field("offerContents", "제안 내용")
            .at_most(self.offer_contents.as_deref(), forms::DESCRIPTION)?;
        field("phoneNumber", "전화번호").at_most(self.phone_number.as_deref(), forms::PHONE)?;
        field("offerPrice", "입찰 금액").at_least(self.offer_price, 0, "amount-negative")?;
        Ok(Self {
            notice_no,
            participate_no,
            ..self
        })
    }

    /// Which one it is.
    pub(crate) fn no(&self) -> BidNo {
        BidNo {
            notice_no: self.notice_no.clone(),
            participate_no: self.participate_no.clone(),
        }
    }

    pub(super) fn same_as(&self, bid: &Self) -> Decision<ParticipationEvent> {
        if self == bid {
            return Ok(vec![]);
        }
        if self.notice_no != bid.notice_no {
            return Err(other_notice());
        }
        if self.participate_no != bid.participate_no {
            return Err(Refusal::conflict(
                "row-taken",
                "Another bid stands here; `POST /biddingParticipations` bids beside it.",
            )
            .ko("이미 다른 입찰서가 등록되어 있습니다. 새 입찰로 등록해 주세요."));
        }
        Err(Refusal::conflict(
            "bid-submitted",
            "A submitted bid cannot be changed; withdraw it and bid again with another `participateNo`.",
        )
        .ko("제출된 입찰서는 바꿀 수 없습니다. 취소한 뒤 다른 참여번호로 다시 입찰해 주세요."))
    }

    pub(super) fn canceled(&self, id: Id) -> BiddingParticipationCanceled {
        BiddingParticipationCanceled {
            id,
            bid: self.no(),
            phone_number: self.phone_number.clone(),
        }
    }

    pub(super) fn shown(self) -> ShownParticipation {
        ShownParticipation {
            notice_no: self.notice_no,
            participate_no: Some(self.participate_no),
            company_no: self.company_no,
            company_nm: self.company_nm,
            participate_date: self.participate_date.map(ShownDate),
            offer_price: self.offer_price,
            offer_contents: self.offer_contents,
            fee_payment_flag: self.fee_payment_flag,
            phone_number: self.phone_number,
        }
    }
}

pub(super) fn other_notice() -> Refusal {
    Refusal::conflict(
        "other-notice",
        "This row is for bids on another notice; its `noticeNo` stays as it is.",
    )
    .ko("다른 공고의 입찰입니다. 공고번호는 바꿀 수 없습니다.")
}

/// What the outside sees: a row that was prepared has only its notice.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownParticipation {
    notice_no: String,
    participate_no: Option<String>,
    company_no: Option<String>,
    company_nm: Option<String>,
    participate_date: Option<ShownDate>,
    offer_price: Option<i64>,
    offer_contents: Option<String>,
    fee_payment_flag: Option<bool>,
    phone_number: Option<String>,
}

impl ShownParticipation {
    pub(super) fn prepared(notice_no: &str) -> Self {
        Self {
            notice_no: notice_no.to_owned(),
            ..Self::default()
        }
    }
}
