//! What every adapter of the store port must do, as tests. An adapter runs them all with one line:
//!
//! ```ignore
//! testkit::store_compliance!(|| MyStore::fresh());
//! ```
//!
//! One that needs a server hands over an `Option`, and has said why it is `None`:
//!
//! ```ignore
//! testkit::store_compliance!(if there: || MyStore::fresh());
//! ```

#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "these are tests, kept in a library so that every adapter can run them; their names say what they hold, and a failing one panics"
)]

mod consumers;
mod copying;
mod keys;
mod log;
mod model;
mod records;
mod texts;
mod turns;

use storm::store::{Changed, Changes, CopySource, NewEvent, Opened, Record, StoredKey};
use storm::{Id, KeyValue};

pub use consumers::*;
pub use copying::*;
pub use keys::*;
pub use log::*;
pub use model::*;
pub use records::*;
pub use texts::*;
pub use turns::*;

/// One store, empty when it is made.
pub trait StoreUnderTest: Sync {
    /// Opens it: for the first time, again after everything opened before was dropped (a restart),
    /// or beside that (another replica).
    fn open(&self) -> Opened;

    /// The way to it for whoever copies it. It was opened before.
    fn copy_source(&self) -> Box<dyn CopySource>;
}

/// Stamps out one test a behaviour. Takes what makes a fresh, empty [`StoreUnderTest`], or, after
/// `if there:`, makes one where it can.
#[macro_export]
macro_rules! store_compliance {
    (if there: $fresh:expr) => {
        $crate::store_compliance! { @each $fresh;
            what_is_committed_is_there_after_a_restart
            a_conflict_keeps_nothing_of_the_commit
            a_new_record_conflicts_with_one_that_is_there
            of_two_replicas_that_decide_on_the_same_version_one_is_refused
            a_version_may_grow_by_more_than_one_in_a_commit
            a_removed_record_is_gone_and_its_place_can_be_taken_in_the_same_commit
            pages_go_up_and_down_and_skip_what_is_hidden
            what_is_shown_is_found_by_key_and_read_by_number_in_order
            counts_follow_what_is_said_and_not_the_table
            ids_that_cannot_be_are_nothing_and_not_an_error
            a_read_model_rebuilt_aside_takes_the_place_of_the_old_one
            a_rebuilt_read_model_without_rows_leaves_none
            ids_reserved_never_go_back
            ids_are_returned_only_by_whom_reserved_them_last
            the_number_five_and_the_text_five_are_different_keys
            texts_keep_every_character_and_compare_by_it
            a_shared_key_leads_to_all_its_records_in_order_of_id
            a_removed_key_leads_nowhere_and_can_be_given_on_in_the_same_commit
            a_batch_is_loaded_with_each_record_once
            positions_ascend_from_one_and_are_never_reused
            the_log_is_read_in_parts
            an_event_comes_back_as_it_was_told
            a_reader_sees_whole_commits_only
            a_reader_that_polls_sees_every_event_of_concurrent_writers_once_and_in_order
            cursors_are_kept_with_the_effect
            parked_events_come_back_by_producer_and_position
            answers_are_kept_until_they_are_forgotten
            deadlines_come_soonest_first
            a_deadline_started_anew_runs_once_and_an_ended_one_not_at_all
            every_table_keeps_every_character
            a_long_idempotency_key_is_a_key_like_any_other
            a_batch_may_be_large
            a_turn_is_unchanged_only_when_nobody_else_committed
            a_turn_given_up_changes_nothing_and_lets_the_next_one_have_it
            a_turn_ends_with_its_commit_whatever_comes_of_it
            while_one_has_the_turn_another_waits
            what_is_decided_in_a_turn_is_true_until_it_is_committed
            ids_reserved_by_replicas_at_once_never_overlap
            ten_that_open_a_new_store_at_once_all_can_use_it
            random_commits_leave_what_the_memory_store_says
            the_log_goes_on_after_what_was_skipped
            a_copy_from_it_has_all_that_it_has
            a_copy_into_it_has_all_that_the_original_has
            a_snapshot_stays_as_it_was_while_others_commit
            while_it_is_quiesced_a_commit_waits
        }
    };
    (@each $fresh:expr; $($behaviour:ident)+) => {
        $(
            #[test]
            fn $behaviour() {
                if let Some(store) = ($fresh)() {
                    $crate::store_compliance::$behaviour(&store);
                }
            }
        )+
    };
    ($fresh:expr) => {
        $crate::store_compliance! { if there: || Some(($fresh)()) }
    };
}

/// A record as the first commit leaves it.
fn record(kind: &str, id: Id) -> Record {
    Record {
        kind: kind.to_owned(),
        id,
        version: 1,
        correlation: format!("story-{id}"),
        state: format!(r#"{{"id":{id},"prodNm":"사과"}}"#),
        hidden: false,
    }
}

fn new(record: Record) -> Changed {
    Changed { record, loaded: 0 }
}

fn added(kind: &str, ids: impl IntoIterator<Item = Id>) -> Changes {
    Changes {
        records: ids.into_iter().map(|id| new(record(kind, id))).collect(),
        ..Changes::default()
    }
}

fn key(kind: &str, name: &str, value: impl Into<KeyValue>) -> StoredKey {
    StoredKey {
        kind: kind.to_owned(),
        name: name.to_owned(),
        value: value.into(),
    }
}

fn event(id: Id) -> NewEvent {
    NewEvent {
        event_type: "OrderPlaced".to_owned(),
        kind: "order".to_owned(),
        id,
        version: 1,
        correlation: format!("story-{id}"),
        causation: format!("request-{id}"),
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        at: 1_700_000_000_000 + id,
        data: format!(r#"{{"orderId":{id},"address":"서울 \"강남\""}}"#),
    }
}

fn told(ids: impl IntoIterator<Item = Id>) -> Changes {
    Changes {
        events: ids.into_iter().map(event).collect(),
        ..Changes::default()
    }
}
