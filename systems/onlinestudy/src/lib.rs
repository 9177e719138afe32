//! Online study, in the order the story is told (`seeds/onlinestudy-and-bidding.md`):
//!
//! 1. A student searches the catalogue for a course and orders it ([`order_management`]).
//! 2. Whenever a course is ordered, its [`learning_management`] is prepared; it starts when a
//!    manager is named.
//! 3. Whenever learning starts, its [`learning_evaluation`] does. The manager notes interim scores,
//!    and in the end registers the final one – if the order takes it, which is asked first.
//! 4. The student cancels: the management and the evaluation are canceled too, for good.
//! 5. Orders, starts and cancels are told to the student by SMS ([`notification`]), and the student
//!    sees how the learning stands on my page ([`mypage`]).
//!
//! Across contexts everything is keyed by `orderNo`, and events may come in any order: a cancel
//! that overtakes what it cancels leaves something that stays canceled.

mod forms;
pub mod learning_evaluation;
pub mod learning_management;
pub mod mypage;
pub mod notification;
pub mod order_management;

use storm::{Envelope, System};

/// The whole school (`domains.md` §2).
pub fn system() -> System {
    System::new("onlinestudy", "onlinestudy", &[8088])
        .envelope(Envelope::OLD)
        .context(order_management::context())
        .context(learning_management::context())
        .context(learning_evaluation::context())
        .context(notification::context())
        .context(mypage::context())
        .try_this(
            "orderManagements",
            r#"{"orderNo":"01","courseNo":"01","phonenum":"01011111111","orderdate":"20210630","begindate":"20210701","enddate":"20210831"}"#,
        )
}

#[cfg(test)]
mod tests;
