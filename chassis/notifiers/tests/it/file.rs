//! Notices as lines of a file.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notifiers::File;
use runtime::{NotSent, Notifier};
use serde_json::Value;
use tempfile::tempdir;

use crate::{AMPLE, expected, notice};

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'), "{text:?}");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn each_notice_is_one_line_after_those_that_are_there() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notices.jsonl");
    fs::write(&path, "{\"id\":\"older\"}\n").unwrap();
    for number in [1, 2] {
        let file = File::new(&path, AMPLE);
        assert_eq!(file.send(&notice(number)).await, Ok(()));
    }
    let lines = lines(&path);
    assert_eq!(lines[0]["id"], "older");
    assert_eq!(lines[1..], [expected(1), expected(2)]);
}

#[tokio::test]
async fn a_line_that_a_crash_cut_off_keeps_to_itself() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notices.jsonl");
    fs::write(&path, "{\"id\":\"cut o").unwrap();
    assert_eq!(File::new(&path, AMPLE).send(&notice(1)).await, Ok(()));
    let text = fs::read_to_string(&path).unwrap();
    let whole = text.strip_prefix("{\"id\":\"cut o\n").unwrap();
    assert_eq!(serde_json::from_str::<Value>(whole).unwrap(), expected(1));
}

#[tokio::test]
async fn what_cannot_be_written_is_for_sure_not_sent_and_says_what_to_do() {
    let folder = tempdir().unwrap();
    let no_folder = folder.path().join("missing").join("notices.jsonl");
    for path in [no_folder.as_path(), folder.path()] {
        let outcome = File::new(path, AMPLE).send(&notice(1)).await;
        let Err(NotSent::ForSure { reason }) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(reason.contains(&path.display().to_string()), "{reason}");
        assert!(reason.contains("check its folder"), "{reason}");
    }
    let file = File::new(&no_folder, AMPLE);
    fs::create_dir(no_folder.parent().unwrap()).unwrap();
    assert_eq!(
        file.send(&notice(1)).await,
        Ok(()),
        "once its folder is there"
    );
}

#[tokio::test]
async fn a_disk_that_does_not_answer_is_not_waited_for_and_given_one_line_at_a_time() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notices.jsonl");
    // Whoever holds the lock is a disk that takes its time.
    let holder = fs::File::create(&path).unwrap();
    holder.lock().unwrap();
    let file = File::new(&path, Duration::from_millis(20));
    let first = file.send(&notice(1)).await;
    assert!(matches!(first, Err(NotSent::Perhaps { .. })), "{first:?}");
    let second = file.send(&notice(2)).await;
    assert!(matches!(second, Err(NotSent::ForSure { .. })), "{second:?}");
    holder.unlock().unwrap();
    crate::until("the third", || async {
        file.send(&notice(3)).await.is_ok()
    })
    .await;
    let lines = lines(&path);
    let (first, others) = lines.split_first().unwrap();
    assert_eq!(*first, expected(1), "it was written after all");
    // On a slow disk the third was in doubt once, and this test tries it again.
    assert!(others.iter().all(|line| *line == expected(3)), "{others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_write_to_one_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notices.jsonl");
    let mut writing = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let file = Arc::new(File::new(&path, AMPLE));
        writing.spawn(async move {
            for number in 0..10 {
                assert_eq!(file.send(&notice(writer * 10 + number)).await, Ok(()));
            }
        });
    }
    writing.join_all().await;
    let mut ids: Vec<String> = lines(&path)
        .iter()
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    let mut all: Vec<String> = (0..40).map(|number| notice(number).id).collect();
    all.sort();
    assert_eq!(ids, all);
}
