//! My page: where a customer sees how a reservation stands.

use serde::{Deserialize, Serialize};
use storm::{Context, Id, ReadModel};

use crate::StatusCode;
use crate::delivery::{Delivered, Returned};
use crate::reservation::{Canceled, Reserved};

/// One row a reservation, at `/myPages`; all of them at once, as the original's view.
pub fn context() -> Context {
    Context::new("mypage", 8084).read_model(
        ReadModel::at("myPages", "myPage", "orderId")
            .numbered_by_key()
            .unpaged()
            .on(|reserved: &Reserved| reserved.id, MyPage::reserved)
            .on(
                |delivered: &Delivered| delivered.rental.order_id,
                MyPage::delivered,
            )
            .on(
                |returned: &Returned| returned.rental.order_id,
                MyPage::returned,
            )
            .on(|canceled: &Canceled| canceled.id, MyPage::canceled),
    )
}

/// What a customer sees. Events of different contexts come in any order, so the status only moves
/// forward.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MyPage {
    order_id: Id,
    product_id: Id,
    delivery_id: Option<Id>,
    status_code: Option<StatusCode>,
}

impl MyPage {
    fn reserved(&mut self, reserved: &Reserved) {
        let (book, now) = (reserved.booking.product_id, reserved.booking.status_code);
        self.forward_to(reserved.id, book, now);
    }

    fn delivered(&mut self, delivered: &Delivered) {
        let rental = delivered.rental;
        self.delivery_id = Some(delivered.id);
        self.forward_to(rental.order_id, rental.product_id, rental.status_code);
    }

    fn returned(&mut self, returned: &Returned) {
        let rental = returned.rental;
        self.delivery_id = Some(returned.id);
        self.forward_to(rental.order_id, rental.product_id, rental.status_code);
    }

    fn canceled(&mut self, canceled: &Canceled) {
        let (book, now) = (canceled.booking.product_id, canceled.booking.status_code);
        self.forward_to(canceled.id, book, now);
    }

    fn forward_to(&mut self, order: Id, book: Id, now: StatusCode) {
        self.order_id = order;
        if book != 0 {
            self.product_id = book;
        }
        self.status_code = self.status_code.max(Some(now));
    }
}
