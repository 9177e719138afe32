//! A disk that fails, in the ways that can be had on any machine, by any user.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use storm::Id;
use storm::store::{Changed, Record};
use tempfile::TempDir;

use super::*;
use crate::sqlite::{DataFolder, open};

const FOLDER: &str = "JUMUN_TEST_FOLDER";

fn order(id: Id, bytes: usize) -> Changes {
    Changes {
        records: vec![Changed {
            record: Record {
                kind: "order".to_owned(),
                id,
                version: 1,
                correlation: String::new(),
                state: "x".repeat(bytes),
                hidden: false,
            },
            loaded: 0,
        }],
        counted: vec![("order".to_owned(), 1)],
        ..Changes::default()
    }
}

#[test]
fn a_full_disk_is_said_to_be_full_and_the_writer_goes_on_when_there_is_room_again() {
    let folder = TempDir::new().unwrap();
    let file = StoreFile::of(folder.path(), "order");
    let mut writer = SqliteWriter::open(file, Durability::Durable).unwrap();
    writer.commit(&order(1, 10)).unwrap();
    let limit = |writer: &SqliteWriter, pages: i64| {
        let connection = writer.connection.as_ref().unwrap();
        connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
    };
    limit(&writer, 30);
    let error = writer.commit(&order(2, 1_000_000)).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(error.to_string().contains("order.sqlite"), "{error}");
    // What still fits is taken.
    writer.commit(&order(3, 10)).unwrap();
    limit(&writer, 100_000);
    writer.commit(&order(2, 1_000_000)).unwrap();
    drop(writer);

    let opened = open(folder.path(), "order", Durability::Durable).unwrap();
    assert_eq!(opened.reader.count("order"), Ok(3));
}

#[test]
fn a_file_that_may_not_be_written_is_said_to_be_read_only() {
    let folder = TempDir::new().unwrap();
    let file = StoreFile::of(folder.path(), "order");
    let mut writer = SqliteWriter::open(file.clone(), Durability::Durable).unwrap();
    writer.connection = Some(file.read().unwrap());
    let error = writer.commit(&order(1, 10)).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().contains("order.sqlite"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_says_why() {
    let folder = TempDir::new().unwrap();
    let occupied = folder.path().join("data");
    std::fs::write(&occupied, "a file").unwrap();
    let error = DataFolder::claim(&occupied).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let error = open(&occupied, "order", Durability::Durable).err().unwrap();
    assert!(error.to_string().contains("ot a directory"), "{error}");
    let gone = folder.path().join("gone");
    let error = open(&gone, "order", Durability::Durable).err().unwrap();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(!gone.exists());
}

/// Even for the superuser the kernel's own folders cannot be written to.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_said_to_be_read_only() {
    for error in [
        DataFolder::claim(Path::new("/sys/jumun")).unwrap_err(),
        DataFolder::claim(Path::new("/sys")).unwrap_err(),
        open(Path::new("/sys"), "order", Durability::Durable)
            .err()
            .unwrap(),
    ] {
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    }
}

/// Files may not grow beyond what the shell allows: SQLite's writes fail half way.
#[test]
#[ignore = "started by the test below, in a process of its own"]
fn a_process_whose_files_may_not_grow() {
    let folder = std::env::var(FOLDER).unwrap();
    let opened = open(Path::new(&folder), "order", Durability::Durable).unwrap();
    let (mut writer, reader) = (opened.writer, opened.reader);
    let mut kept = 0;
    let mut failed = 0;
    for id in 1..=400 {
        match writer.commit(&order(id, 20_000)) {
            Ok(_) => kept += 1,
            Err(StoreError::Full { .. } | StoreError::Unavailable { .. }) => failed += 1,
            Err(other) => panic!("{other}"),
        }
        assert_eq!(reader.count("order"), Ok(kept));
    }
    assert!(kept > 0 && failed > 0, "{kept} kept, {failed} failed");
    drop(writer);
    assert_eq!(Arc::strong_count(&reader), 1);
    println!("kept={kept}");
}

#[test]
fn after_writes_that_failed_exactly_what_was_answered_is_there_and_more_can_be_written() {
    let folder = TempDir::new().unwrap();
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4000; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "sqlite::writer::tests::a_process_whose_files_may_not_grow",
        ])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}");
    let kept: u64 = said
        .lines()
        .find_map(|line| line.split_once("kept=")?.1.trim().parse().ok())
        .unwrap();

    let mut opened = open(folder.path(), "order", Durability::Durable).unwrap();
    assert_eq!(opened.reader.count("order"), Ok(kept));
    let all = storm::store::Page {
        skip: 0,
        limit: 1_000,
        descending: false,
    };
    let records = opened.reader.page("order", all).unwrap();
    assert_eq!(records.len() as u64, kept);
    opened.writer.commit(&order(500, 20_000)).unwrap();
    assert_eq!(opened.reader.count("order"), Ok(kept + 1));
}
