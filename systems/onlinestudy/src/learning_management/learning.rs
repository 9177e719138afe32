//! Who learns what, and when.

use serde::{Deserialize, Serialize};
use storm::{Date, ShownDate};

use crate::order_management::CourseOrder;

/// Who learns what, and when. `D` is a [`Date`] inside and in events, and a [`ShownDate`] where it
/// is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Learning<D = Date> {
    /// The order's number.
    pub order_no: String,
    /// The course.
    pub course_no: String,
    /// The student's phone.
    pub phonenum: Option<String>,
    /// The first day.
    pub begindate: Option<D>,
    /// The last day.
    pub enddate: Option<D>,
}

impl Learning {
    /// As it is shown.
    pub fn shown(&self) -> Learning<ShownDate> {
        let learning = self.clone();
        Learning {
            order_no: learning.order_no,
            course_no: learning.course_no,
            phonenum: learning.phonenum,
            begindate: learning.begindate.map(ShownDate),
            enddate: learning.enddate.map(ShownDate),
        }
    }
}

impl From<CourseOrder> for Learning {
    fn from(order: CourseOrder) -> Self {
        Self {
            order_no: order.order_no,
            course_no: order.course_no,
            phonenum: order.phonenum,
            begindate: order.begindate,
            enddate: order.enddate,
        }
    }
}
