//! Files that are not what they should be.

use std::fs;
use std::io::{Seek, SeekFrom, Write};

use rusqlite::Connection;
use storm::store::{Changes, NewEvent, StoreError, StoredEvent};

use super::*;
use crate::sqlite::file::StoreFile;
use crate::sqlite::schema;

fn refused(folder: &Folder) -> StoreError {
    let looking = open_to_look(folder.path(), "order").err().unwrap();
    let writing = open(folder.path(), "order", Durability::Durable)
        .err()
        .unwrap();
    assert_eq!(looking, writing);
    writing
}

fn told(count: i64) -> Changes {
    let event = |id| NewEvent {
        event_type: "OrderPlaced".to_owned(),
        kind: "order".to_owned(),
        id,
        version: 1,
        correlation: String::new(),
        causation: String::new(),
        trace: String::new(),
        at: 0,
        data: "x".repeat(500),
    };
    Changes {
        events: (1..=count).map(event).collect(),
        ..Changes::default()
    }
}

/// All that can be read, or the first error.
fn events(opened: &Opened) -> Result<Vec<StoredEvent>, StoreError> {
    opened.reader.events_after(0, usize::MAX)
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = Folder::fresh();
    let garbage = "this is no database. ".repeat(1_000);
    fs::write(folder.file(), &garbage).unwrap();
    let error = refused(&folder);
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("order.sqlite"), "{error}");
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), garbage);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = Folder::fresh();
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("CREATE TABLE orders (id)").unwrap();
    drop(other);
    let before = fs::read(folder.file()).unwrap();
    let error = refused(&folder);
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[test]
fn a_schema_of_a_later_jumun_is_refused_and_left_alone() {
    let folder = Folder::fresh();
    drop(folder.open());
    let later = Connection::open(folder.file()).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    drop(later);
    let before = fs::read(folder.file()).unwrap();
    assert_eq!(
        refused(&folder),
        StoreError::Newer {
            place: folder.file().display().to_string(),
            found: 99,
            known: i64::try_from(schema::STEPS.len()).unwrap(),
        }
    );
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let folder = Folder::fresh();
    folder.open().writer.commit(&told(100)).unwrap();
    let length = fs::metadata(folder.file()).unwrap().len();
    for rest in [length - 4_096, length / 2, 5_000, 4_096, 2_000, 60] {
        let file = fs::OpenOptions::new()
            .write(true)
            .open(folder.file())
            .unwrap();
        file.set_len(rest).unwrap();
        let error = refused(&folder);
        assert!(
            matches!(error, StoreError::Corrupt { .. }),
            "{rest}: {error}"
        );
    }
}

#[test]
fn pages_of_rubbish_are_an_error_and_never_events() {
    let folder = Folder::fresh();
    folder.open().writer.commit(&told(100)).unwrap();
    let length = fs::metadata(folder.file()).unwrap().len();
    let mut file = fs::OpenOptions::new()
        .write(true)
        .open(folder.file())
        .unwrap();
    // Behind the pages where the tables begin.
    for page in 20..length / 4_096 {
        file.seek(SeekFrom::Start(page * 4_096)).unwrap();
        file.write_all(&[0xA5; 4_096]).unwrap();
    }
    let mut opened = folder.open();
    let error = events(&opened).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let error = opened.writer.commit(&told(1)).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn a_file_whose_making_was_interrupted_is_made_anew() {
    let folder = Folder::fresh();
    fs::write(folder.file(), "").unwrap();
    assert_eq!(folder.open().writer.commit(&told(1)), Ok(1));

    let folder = Folder::fresh();
    let half = Connection::open(folder.file()).unwrap();
    let wal =
        half.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
    assert_eq!(wal.unwrap(), "wal");
    drop(half);
    assert_eq!(folder.open().writer.commit(&told(1)), Ok(1));
}

#[test]
fn what_a_killed_process_left_of_a_new_file_is_in_nobodys_way() {
    let folder = Folder::fresh();
    fs::write(folder.path().join("order.sqlite.new"), "half a da").unwrap();
    assert_eq!(folder.open().writer.commit(&told(1)), Ok(1));
    assert!(!folder.path().join("order.sqlite.new").exists());
}

#[test]
fn an_earlier_schema_is_brought_forward_and_keeps_what_it_has() {
    let folder = Folder::fresh();
    folder.open().writer.commit(&told(3)).unwrap();
    let steps = [
        schema::STEPS,
        &["ALTER TABLE records ADD COLUMN later TEXT"],
    ]
    .concat();
    let file = StoreFile::of(folder.path(), "order");
    for _ in 0..2 {
        let connection = file.write_with(Durability::Durable, &steps).unwrap();
        let read = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        assert_eq!(read("SELECT count(*) FROM events"), Ok(3));
        assert_eq!(read("SELECT count(later) FROM records"), Ok(0));
        let known = i64::try_from(steps.len()).unwrap();
        assert_eq!(read("PRAGMA user_version"), Ok(known));
    }
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let folder = Folder::fresh();
    folder.open().writer.commit(&told(3)).unwrap();
    let broken: [&str; 2] = ["DROP TABLE events", "ALTER TABLE nothing ADD COLUMN x"];
    let steps = [schema::STEPS, &broken].concat();
    let file = StoreFile::of(folder.path(), "order");
    assert!(file.write_with(Durability::Durable, &steps).is_err());
    assert_eq!(events(&folder.open()).unwrap().len(), 3);
}

#[test]
fn a_store_that_is_removed_leaves_no_file() {
    let folder = Folder::fresh();
    drop(folder.open());
    remove(folder.path(), "order").unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(remove(folder.path(), "order").is_err());
}
