//! What is left of a store that is closed, and who may open it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use storm::store::Changes;

use super::*;

fn moved(position: i64) -> Changes {
    Changes {
        cursors: vec![("payment".to_owned(), position)],
        ..Changes::default()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn whoever_closes_a_store_last_leaves_one_file() {
    for reader_last in [false, true] {
        let folder = Folder::fresh();
        let Opened { mut writer, reader } = folder.open();
        writer.commit(&moved(1)).unwrap();
        let other_process = open_to_look(folder.path(), "order").unwrap();
        assert_eq!(reader.cursors().unwrap(), other_process.cursors().unwrap());
        if reader_last {
            drop(writer);
            let log = fs::metadata(folder.path().join("order.sqlite-wal")).unwrap();
            assert_eq!(log.len(), 0, "all is in the file already");
            drop((other_process, reader));
        } else {
            drop((other_process, reader));
            drop(writer);
        }
        assert_eq!(names(folder.path()), ["order.sqlite"], "{reader_last}");
    }
}

#[test]
fn who_looks_at_what_a_killed_process_left_leaves_one_file() {
    let folder = Folder::fresh();
    let mut opened = folder.open();
    opened.writer.commit(&moved(1)).unwrap();
    let left = Folder::fresh();
    for name in ["order.sqlite", "order.sqlite-wal"] {
        fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
    }
    let looking = open_to_look(left.path(), "order").unwrap();
    assert_eq!(looking.cursors().unwrap()[0].position, 1);
    drop(looking);
    assert_eq!(names(left.path()), ["order.sqlite"]);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn stores_are_their_users_alone_and_are_made_so() {
    let folder = Folder::fresh();
    let data = folder.path().join("data/shop");
    let make = |position| {
        let _claimed = DataFolder::claim(&data).unwrap();
        let mut opened = open(&data, "order", Durability::Durable).unwrap();
        opened.writer.commit(&moved(position)).unwrap();
        let modes = names(&data).into_iter();
        let modes: Vec<_> = modes
            .map(|name| (mode(&data.join(&name)), name))
            .filter(|(mode, _)| *mode != 0o600)
            .collect();
        assert_eq!(modes, [], "while it is open");
        assert_eq!(mode(&data), 0o700);
    };
    make(1);
    assert_eq!(mode(&folder.path().join("data")), 0o700);
    // As an earlier version has left them.
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    for name in names(&data) {
        fs::set_permissions(data.join(name), Permissions::from_mode(0o644)).unwrap();
    }
    make(2);
}
