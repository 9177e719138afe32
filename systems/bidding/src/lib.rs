//! Public tenders, in the order the story is told (`seeds/onlinestudy-and-bidding.md`, the parts on
//! bidding; `domains.md` §3):
//!
//! 1. An agency registers a notice ([`bidding_management`]); a row is prepared for whoever bids
//!    first ([`bidding_participation`]).
//! 2. Companies submit bids, into the prepared row or beside it. Whenever one is submitted, its
//!    examination is prepared ([`bidding_examination`]).
//! 3. The examiner registers scores and who wins. The winner must stand on the notice first, and
//!    a notice has one winner at most.
//! 4. Bidders see how their bids stand ([`mypage`]), and are told by SMS ([`notification`]) when a
//!    bid is in, taken back, or has won.
//! 5. Whenever a notice is canceled, its bids, their examinations and what is shown of them go
//!    with it. A bid that is withdrawn goes alone; if it had won, the notice is open again.

pub mod bidding_examination;
pub mod bidding_management;
pub mod bidding_participation;
mod forms;
pub mod mypage;
pub mod notification;

use storm::{Envelope, System};

/// All of it. The gateway's port is 8088.
pub fn system() -> System {
    System::new("bidding", "bidding", &[8088])
        .envelope(Envelope::OLD_WITH_ME)
        .context(bidding_management::context())
        .context(bidding_participation::context())
        .context(bidding_examination::context())
        .context(mypage::context())
        .context(notification::context())
        .try_this(
            "biddingManagements",
            r#"{"noticeNo":"n01","title":"title01","price":3000000,"demandOrgNm":"서울시청"}"#,
        )
}

#[cfg(test)]
mod tests;
