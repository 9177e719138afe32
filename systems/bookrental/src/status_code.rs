//! `statusCode`, as all contexts and the outside understand it.

use serde::{Deserialize, Serialize};

/// How a rental stands: 1, 2 and 3 as in `seeds/bookrental.md`, and 4, for which the originals had no
/// code. What comes later is greater; canceled and returned exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "i32", try_from = "i32")]
pub enum StatusCode {
    /// 예약
    Reserved = 1,
    /// 배송
    Delivered = 2,
    /// 취소
    Canceled = 3,
    /// 반납
    Returned = 4,
}

impl From<StatusCode> for i32 {
    fn from(code: StatusCode) -> Self {
        code as Self
    }
}

impl TryFrom<i32> for StatusCode {
    type Error = String;

    fn try_from(code: i32) -> Result<Self, String> {
        let all = [
            Self::Reserved,
            Self::Delivered,
            Self::Canceled,
            Self::Returned,
        ];
        let found = all.into_iter().find(|known| i32::from(*known) == code);
        found.ok_or_else(|| {
            format!(
                "expected 1 (reserved), 2 (delivered), 3 (canceled) or 4 (returned), found {code}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbers_on_the_wire_and_nothing_else_is_a_code() {
        for code in 1..=4 {
            assert_eq!(StatusCode::try_from(code).map(i32::from), Ok(code));
        }
        for code in [i32::MIN, 0, 5] {
            assert!(StatusCode::try_from(code).is_err());
        }
    }

    #[test]
    fn what_comes_later_is_greater() {
        assert!(StatusCode::Reserved < StatusCode::Delivered);
        assert!(StatusCode::Delivered < StatusCode::Canceled);
        assert!(StatusCode::Delivered < StatusCode::Returned);
    }
}
