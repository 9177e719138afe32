//! Who may open a folder, and who may look into it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use storm::store::{Changes, StoreError};

use super::*;

const FOLDER: &str = "JUMUN_TEST_FOLDER";

/// The other process of the tests below: takes the folder, says so, and keeps it until it dies.
#[test]
#[ignore = "started by the tests below, in a process of its own"]
fn another_process() {
    let mut folder = DataFolder::claim(Path::new(&std::env::var(FOLDER).unwrap())).unwrap();
    folder.leave_word("http://localhost:8088").unwrap();
    println!("\nclaimed");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

struct Other(Child);

impl Other {
    fn claims(folder: &Folder) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sqlite::tests::shared_folder::another_process"])
            .args(["--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        assert!(said.lines().any(|line| line.unwrap() == "claimed"));
        Self(child)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_second_process_is_refused_and_told_who_has_the_folder() {
    let folder = Folder::fresh();
    let other = Other::claims(&folder);
    let refused = DataFolder::claim(folder.path()).unwrap_err();
    assert_eq!(
        refused,
        StoreError::InUse {
            place: folder.path().display().to_string(),
            holder: format!(" (process {})", other.0.id()),
        }
    );
    assert_eq!(
        DataFolder::holder(folder.path()),
        Some(Holder {
            process: other.0.id(),
            word: "http://localhost:8088".to_owned(),
        })
    );
}

#[test]
fn a_folder_whose_process_was_killed_is_free() {
    let folder = Folder::fresh();
    drop(Other::claims(&folder));
    assert_eq!(DataFolder::holder(folder.path()), None);
    let claimed = DataFolder::claim(folder.path()).unwrap();
    let holder = DataFolder::holder(claimed.path()).unwrap();
    assert_eq!(holder.process, std::process::id());
    assert_eq!(holder.word, "", "the word of the one before");
}

#[test]
fn a_second_claim_in_the_same_process_is_refused_until_the_first_is_dropped() {
    let folder = Folder::fresh();
    let first = DataFolder::claim(folder.path()).unwrap();
    assert!(matches!(
        DataFolder::claim(folder.path()),
        Err(StoreError::InUse { .. })
    ));
    drop(first);
    DataFolder::claim(folder.path()).unwrap();
}

#[test]
fn contexts_are_claimed_one_by_one_or_all_together() {
    let folder = Folder::fresh();
    let path = folder.path();
    let order = DataFolder::claim_context(path, "order").unwrap();
    let payment = DataFolder::claim_context(path, "payment").unwrap();
    let in_use = |holder: &str| StoreError::InUse {
        place: path.display().to_string(),
        holder: holder.to_owned(),
    };
    let me = std::process::id();
    assert_eq!(
        DataFolder::claim_context(path, "order").unwrap_err(),
        in_use(&format!(" (process {me})"))
    );
    assert_eq!(
        DataFolder::claim(path).unwrap_err(),
        in_use(&format!(" (order: process {me}, payment: process {me})"))
    );
    assert_eq!(DataFolder::holder(path), None);
    assert_eq!(
        DataFolder::context_holder(path, "order").unwrap().process,
        me
    );
    assert_eq!(DataFolder::context_holders(path).len(), 2);
    drop((order, payment));
    assert_eq!(DataFolder::context_holders(path), []);

    let whole = DataFolder::claim(path).unwrap();
    assert_eq!(
        DataFolder::claim_context(path, "order").unwrap_err(),
        in_use(&format!(" (process {me})"))
    );
    drop(whole);
    DataFolder::claim_context(path, "jumun").unwrap();
}

#[test]
fn a_folder_is_made_with_its_parents() {
    let folder = Folder::fresh();
    let path = folder.path().join("a/b/c");
    let claimed = DataFolder::claim(&path).unwrap();
    open(claimed.path(), "order", Durability::Durable).unwrap();
    assert!(path.join("order.sqlite").is_file());
}

#[test]
fn whoever_looks_on_sees_each_commit_and_does_not_hinder_the_writer() {
    let folder = Folder::fresh();
    let mut opened = open(folder.path(), "order", Durability::Relaxed).unwrap();
    let looking = open_to_look(folder.path(), "order").unwrap();
    for cursor in 1..=3 {
        let changes = Changes {
            cursors: vec![("payment".to_owned(), cursor)],
            ..Changes::default()
        };
        opened.writer.commit(&changes).unwrap();
        assert_eq!(looking.cursors().unwrap()[0].position, cursor);
    }
    // And when the writer has gone.
    drop(opened);
    assert_eq!(looking.cursors().unwrap()[0].position, 3);
    let later = open_to_look(folder.path(), "order").unwrap();
    assert_eq!(later.cursors().unwrap()[0].position, 3);
}

#[test]
fn looking_for_what_is_not_there_says_so_and_makes_nothing() {
    let folder = Folder::fresh();
    let error = open_to_look(folder.path(), "order").err().unwrap();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("order.sqlite"), "{error}");
    assert!(!folder.file().exists());
}
