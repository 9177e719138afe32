//! How a store is made, and what is refused.

use std::sync::Barrier;
use std::thread;

use super::*;
use crate::mysql::schema;

#[test]
fn ten_replicas_that_start_at_once_make_one_store() {
    let Some(maria) = MariaDb::shared() else {
        return;
    };
    let mut server = server(maria.url());
    server.database.clear();
    let scope = format!("scope_{}_order", std::process::id());
    let together = Barrier::new(10);
    let mut heads: Vec<i64> = thread::scope(|scope_of_threads| {
        let starting: Vec<_> = (1..=10)
            .map(|id| {
                let (server, scope, together) = (&server, &scope, &together);
                scope_of_threads.spawn(move || {
                    together.wait();
                    let mut opened = open(server, scope).unwrap();
                    opened.writer.commit(&told([id])).unwrap()
                })
            })
            .collect();
        starting
            .into_iter()
            .map(|one| one.join().unwrap())
            .collect()
    });
    heads.sort_unstable();
    assert_eq!(heads, (1..=10).collect::<Vec<_>>());
    let charset = MariaDb::sql(
        maria.url(),
        &format!(
            "SELECT default_character_set_name FROM information_schema.schemata
             WHERE schema_name = '{scope}'"
        ),
    );
    assert_eq!(charset.unwrap().trim(), "utf8mb4");
    MariaDb::sql(maria.url(), &format!("DROP DATABASE {scope}")).unwrap();
}

fn refused(fresh: &Fresh) -> StoreError {
    let writing = fresh.open().err().unwrap();
    let looking = open_to_look(&fresh.server, "unused").err().unwrap();
    assert_eq!(looking, writing);
    writing
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let Some(fresh) = Fresh::shared() else { return };
    fresh.sql("CREATE TABLE orders (id INT)");
    let error = refused(&fresh);
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert_eq!(fresh.sql("SHOW TABLES").trim(), "orders");
}

#[test]
fn a_schema_of_a_later_jumun_is_refused_and_left_alone() {
    let Some(fresh) = Fresh::shared() else { return };
    drop(fresh.open().unwrap());
    fresh.sql("INSERT INTO jumun_store (version) VALUES (99)");
    let error = refused(&fresh);
    let newer = StoreError::Newer {
        place: fresh.server.place("mysql"),
        found: 99,
        known: 2,
    };
    assert_eq!(error, newer);
}

#[test]
fn an_empty_database_has_nothing_to_look_at_yet() {
    let Some(fresh) = Fresh::shared() else { return };
    let error = open_to_look(&fresh.server, "unused").err().unwrap();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert_eq!(fresh.sql("SHOW TABLES").trim(), "");
}

#[test]
fn a_table_that_somebody_dropped_is_damage() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    fresh.sql("DROP TABLE events");
    let error = opened.writer.commit(&told([1])).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn making_that_was_cut_off_is_taken_up_again() {
    let Some(fresh) = Fresh::shared() else { return };
    // As far as a process came that was killed: the first tables, and no version.
    fresh.sql(
        "CREATE TABLE jumun_store (version INT NOT NULL PRIMARY KEY);
         CREATE TABLE head (
             one TINYINT NOT NULL PRIMARY KEY, edition BIGINT NOT NULL,
             position BIGINT NOT NULL, ids BIGINT NOT NULL)",
    );
    let mut opened = fresh.open().unwrap();
    assert_eq!(opened.writer.commit(&told([1])), Ok(1));
}

#[test]
fn a_store_of_an_earlier_jumun_is_brought_up_to_date_and_keeps_what_it_has() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    opened.writer.commit(&told([1])).unwrap();
    let later = ["CREATE TABLE IF NOT EXISTS later (n INT)"];
    let steps = [schema::STEPS, &later].concat();
    let database = Database::of(&fresh.server, "");
    drop(database.prepare_with(&steps).unwrap());
    assert_eq!(
        fresh.sql("SELECT max(version) FROM jumun_store").trim(),
        "3"
    );
    // Those who have it open may end in peace; who comes from before is refused.
    assert_eq!(log(opened.reader.as_ref()), Ok(vec![1]));
    assert!(matches!(
        fresh.open().err(),
        Some(StoreError::Newer {
            found: 3,
            known: 2,
            ..
        })
    ));
}

#[test]
fn a_store_that_is_removed_is_gone() {
    let Some(fresh) = Fresh::shared() else { return };
    let opened = fresh.open().unwrap();
    let mut source = copy_source(&fresh.server, "unused").unwrap();
    assert_eq!(source.others(), Ok(1));
    drop((opened, source));
    remove(&fresh.server, "unused").unwrap();
    // The database was named for us, and stays.
    assert_eq!(fresh.sql("SHOW TABLES").trim(), "");
    assert!(remove(&fresh.server, "unused").is_err());
}
