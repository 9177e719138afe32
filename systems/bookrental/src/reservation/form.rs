//! What a customer sends.

use serde::Deserialize;
use storm::form::field;
use storm::{Id, Refusal};

use super::ReservationCommand;
use crate::status_code::StatusCode;

/// What a customer sends: a book to reserve, or, as in the seed's command line `id=1` and nothing
/// else, a reservation to cancel. An `id` beside a book is not taken over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReservationForm {
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(default)]
    pub(super) product_id: Option<Id>,
    #[serde(default)]
    pub(super) status_code: Option<StatusCode>,
}

impl ReservationForm {
    pub(super) fn command(self) -> Result<ReservationCommand, Refusal> {
        match (self.product_id, self.id, self.status_code) {
            (Some(book), _, None | Some(StatusCode::Reserved)) => {
                field("productId", "도서 번호").at_least(book, 1, "product-id-invalid")?;
                Ok(ReservationCommand::Reserve(book))
            }
            (Some(_), _, Some(_)) => Err(Refusal::invalid(
                "statusCode",
                "status-code-not-yours",
                "A reservation begins with `statusCode` 1: the other codes are set when it happens.",
            )
            .ko("예약은 상태 코드 1로 시작합니다.")),
            (None, Some(id), None | Some(StatusCode::Canceled)) => Ok(ReservationCommand::Cancel(Some(id))),
            (None, _, _) => Err(Refusal::invalid(
                "productId",
                "product-id-missing",
                "`productId` must say which book is reserved, and is missing.",
            )
            .ko("예약할 도서 번호를 입력해 주세요.")),
        }
    }
}

/// What a customer changes: nothing but that it is canceled.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangeForm {
    pub(super) status_code: StatusCode,
}

impl ChangeForm {
    pub(super) fn command(self) -> Result<ReservationCommand, Refusal> {
        match self.status_code {
            StatusCode::Canceled => Ok(ReservationCommand::Cancel(None)),
            StatusCode::Reserved | StatusCode::Delivered | StatusCode::Returned => Err(Refusal::invalid(
                "statusCode",
                "status-code-not-yours",
                "`statusCode` of a reservation can only be set to 3, canceled: the others follow its delivery.",
            )
            .ko("예약의 상태 코드는 3(취소)으로만 바꿀 수 있습니다.")),
        }
    }
}
