//! Files of an earlier version, which lie in a folder of their context's own.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use storm::store::{Changes, StoreError};

use super::*;
use crate::sqlite::layout::bring_in_within;

/// Three cursors, each a commit of its own.
const COMMITS: i64 = 3;

fn own(folder: &Folder) -> PathBuf {
    folder.path().join("order")
}

fn commit(opened: &mut Opened, position: i64) {
    let changes = Changes {
        cursors: vec![("payment".to_owned(), position)],
        ..Changes::default()
    };
    opened.writer.commit(&changes).unwrap();
}

/// A store in `place` as a killed process leaves it: the commits are in the log alone.
fn killed_in(place: &Path) {
    let writing = Folder::fresh();
    let mut opened = writing.open();
    for position in 1..=COMMITS {
        commit(&mut opened, position);
    }
    fs::create_dir_all(place).unwrap();
    for end in ["", "-wal", "-shm"] {
        let name = format!("order.sqlite{end}");
        fs::copy(writing.path().join(&name), place.join(&name)).unwrap();
    }
    assert!(fs::metadata(place.join("order.sqlite-wal")).unwrap().len() > 0);
}

#[track_caller]
fn has_all(folder: &Folder) {
    let cursors = folder.open().reader.cursors().unwrap();
    assert_eq!(cursors[0].position, COMMITS);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[track_caller]
fn misplaced(folder: &Folder) -> String {
    let refused = bring_in(folder.path(), "order")
        .and_then(|_| open(folder.path(), "order", Durability::Durable));
    match refused.map(drop) {
        Err(error @ StoreError::Misplaced { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_comes_with_all_that_its_log_holds_and_its_folder_goes() {
    let folder = Folder::fresh();
    killed_in(&own(&folder));
    assert_eq!(find(folder.path(), "order"), Some(own(&folder)));
    assert_eq!(bring_in(folder.path(), "order"), Ok(true));
    assert_eq!(names(folder.path()), ["order.sqlite"]);
    assert_eq!(find(folder.path(), "order"), Some(folder.path().to_owned()));
    has_all(&folder);
    assert_eq!(bring_in(folder.path(), "order"), Ok(false));
}

#[test]
fn a_file_in_its_place_stays_with_its_log() {
    let folder = Folder::fresh();
    killed_in(folder.path());
    assert_eq!(bring_in(folder.path(), "order"), Ok(false));
    assert_eq!(refuse_orphan(folder.path(), "order"), Ok(()));
    has_all(&folder);
}

#[test]
fn a_kill_at_any_moment_of_the_move_loses_nothing() {
    // Before the log was written into the file, between the two, and before the folder was removed.
    for moment in 0..3 {
        let folder = Folder::fresh();
        killed_in(&own(&folder));
        fs::write(own(&folder).join("jumun.lock"), "4711\n\n").unwrap();
        if moment > 0 {
            drop(open(&own(&folder), "order", Durability::Durable).unwrap());
        }
        if moment > 1 {
            fs::rename(own(&folder).join("order.sqlite"), folder.file()).unwrap();
        }
        assert_eq!(bring_in(folder.path(), "order"), Ok(moment < 2), "{moment}");
        has_all(&folder);
    }
}

#[test]
fn an_earlier_version_that_serves_the_context_is_left_alone() {
    let folder = Folder::fresh();
    killed_in(&own(&folder));
    let serving = DataFolder::claim(&own(&folder)).unwrap();
    let refused = bring_in(folder.path(), "order").unwrap_err();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    drop(serving);
    assert_eq!(bring_in(folder.path(), "order"), Ok(true));
    has_all(&folder);
}

#[test]
fn a_file_that_somebody_reads_is_not_moved_away_under_them() {
    let folder = Folder::fresh();
    killed_in(&own(&folder));
    let reading = open_to_look(&own(&folder), "order").unwrap();
    let refused = bring_in_within(Duration::ZERO, folder.path(), "order").unwrap_err();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    assert_eq!(reading.cursors().unwrap()[0].position, COMMITS);
    drop(reading);
    assert_eq!(bring_in(folder.path(), "order"), Ok(true));
    has_all(&folder);
}

#[test]
fn of_two_files_none_is_chosen() {
    let folder = Folder::fresh();
    killed_in(&own(&folder));
    killed_in(folder.path());
    let said = misplaced(&folder);
    assert!(said.contains("both are stores of order"), "{said}");
    fs::remove_dir_all(own(&folder)).unwrap();
    assert_eq!(bring_in(folder.path(), "order"), Ok(false));
    has_all(&folder);
}

#[test]
fn a_log_without_its_file_is_refused_and_the_advice_brings_all_back() {
    // Moved by hand without its log, to where the other shape kept it, and the other way round.
    for (moved_from, moved_to) in [(true, false), (false, true)] {
        let folder = Folder::fresh();
        let place = |own_folder| {
            if own_folder {
                own(&folder)
            } else {
                folder.path().to_owned()
            }
        };
        let (from, to) = (place(moved_from), place(moved_to));
        killed_in(&from);
        fs::create_dir_all(&to).unwrap();
        fs::rename(from.join("order.sqlite"), to.join("order.sqlite")).unwrap();
        let said = misplaced(&folder);
        let advice = format!("move this log to {}", to.join("order.sqlite-wal").display());
        assert!(said.contains(&advice), "{said}");
        fs::rename(from.join("order.sqlite-wal"), to.join("order.sqlite-wal")).unwrap();
        bring_in(folder.path(), "order").unwrap();
        has_all(&folder);
    }
}

#[test]
fn a_log_whose_file_is_gone_is_refused_and_left_as_it_is() {
    let folder = Folder::fresh();
    killed_in(folder.path());
    let aside = folder.path().join("aside");
    for empty in [false, true] {
        fs::rename(folder.file(), &aside).unwrap();
        if empty {
            // SQLite throws the log of an empty file away.
            fs::write(folder.file(), "").unwrap();
        }
        let said = misplaced(&folder);
        assert!(said.contains("order.sqlite back beside it"), "{said}");
        let refused = refuse_orphan(folder.path(), "order").unwrap_err();
        assert_eq!(refused.to_string(), said);
        fs::rename(&aside, folder.file()).unwrap();
    }
    has_all(&folder);
}

#[test]
fn a_log_that_holds_nothing_is_in_nobodys_way() {
    let folder = Folder::fresh();
    fs::create_dir_all(own(&folder)).unwrap();
    fs::write(own(&folder).join("order.sqlite-wal"), "").unwrap();
    fs::write(folder.path().join("order.sqlite-wal"), "").unwrap();
    assert_eq!(bring_in(folder.path(), "order"), Ok(false));
    commit(&mut folder.open(), COMMITS);
    has_all(&folder);
}
