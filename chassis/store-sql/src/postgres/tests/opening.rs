//! What is met at the beginning.

use engines::GUARDED;

use super::*;
use crate::Tls;
use crate::postgres::schema;

fn refused(server: &Server, scope: &str) -> StoreError {
    let looking = open_to_look(server, scope).err().unwrap();
    let writing = open(server, scope).err().unwrap();
    assert_eq!(looking.to_string(), writing.to_string());
    writing
}

#[test]
fn ten_replicas_that_open_at_once_make_one_schema() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let start = std::sync::Barrier::new(10);
    std::thread::scope(|scope| {
        for id in 1..=10 {
            let (schema, start) = (&schema, &start);
            scope.spawn(move || {
                start.wait();
                schema.open().writer.commit(&told(id)).unwrap();
            });
        }
    });
    let mut told = ids(&*schema.open().reader);
    told.sort_unstable();
    assert_eq!(told, (1..=10).collect::<Vec<_>>());
    assert_eq!(schema.number("SELECT count(*) FROM jumun"), 1);
}

#[test]
fn a_wrong_password_is_said_to_be_wrong_and_is_not_repeated() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let mut server = server(&postgres.guarded_url());
    assert_eq!(server.user, GUARDED.0);
    server.password = Some("hunter2".to_owned());
    let error = refused(&server, "never_made");
    assert!(reason(&error).contains("store_password"), "{error}");
    assert!(reason(&error).contains("guarded"), "{error}");
    let said = format!("{error} {error:?} {server:?}");
    assert!(!said.contains("hunter2"), "{said}");

    server.password = None;
    let error = refused(&server, "never_made");
    assert!(reason(&error).contains("password"), "{error}");
}

#[test]
fn a_user_who_may_make_no_schema_is_told_what_to_grant() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let schema = Schema::on(postgres);
    let mut guarded = server(&postgres.guarded_url());
    guarded.password = Some(GUARDED.1.to_owned());
    let error = open(&guarded, &schema.scope).err().unwrap();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().contains("GRANT CREATE"), "{error}");

    // One that was made for it will do.
    schema.run(&format!(
        "CREATE SCHEMA \"{}\" AUTHORIZATION {}",
        schema.scope, GUARDED.0
    ));
    let mut opened = open(&guarded, &schema.scope).unwrap();
    assert_eq!(opened.writer.commit(&told(1)), Ok(1));
}

#[test]
fn a_database_that_is_not_there_is_named() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let mut server = server(postgres.url());
    server.database = "nowhere".to_owned();
    let error = refused(&server, "never_made");
    assert!(reason(&error).contains("CREATE DATABASE"), "{error}");
    assert!(reason(&error).contains("nowhere"), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_away() {
    // Nobody listens on a port that was just given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::new("127.0.0.1", free.local_addr().unwrap().port(), "jumun");
    drop(free);
    let error = refused(&server, "never_made");
    assert!(reason(&error).contains("is the server running"), "{error}");
}

#[test]
fn a_server_that_does_not_answer_is_waited_for_no_longer_than_said() {
    // It takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = Server::new("127.0.0.1", silent.local_addr().unwrap().port(), "jumun");
    server.connect = Duration::from_millis(100);
    let error = open(&server, "never_made").err().unwrap();
    assert!(reason(&error).contains("no answer in 100 ms"), "{error}");
}

#[test]
fn a_schema_of_another_program_is_refused_and_left_alone() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    schema.run(&format!(
        "CREATE SCHEMA \"{0}\"; CREATE TABLE \"{0}\".orders (id int8)",
        schema.scope
    ));
    let error = refused(&schema.server, &schema.scope);
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
    assert_eq!(schema.number(tables), 1);
}

#[test]
fn a_schema_of_a_later_jumun_is_refused_and_left_alone() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    drop(schema.open());
    schema.run("UPDATE jumun SET version = 99");
    let error = refused(&schema.server, &schema.scope);
    assert!(
        matches!(
            error,
            StoreError::Newer {
                found: 99,
                known: 2,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(schema.number("SELECT version FROM jumun"), 99);
}

#[test]
fn an_earlier_schema_is_brought_forward_and_keeps_what_it_has() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    schema.open().writer.commit(&told(1)).unwrap();
    let place = schema.place();
    let later = ["ALTER TABLE records ADD COLUMN later text"];
    let steps = [schema::STEPS, &later].concat();
    for _ in 0..2 {
        let mut connection = place.connect(Role::Writes).unwrap();
        schema::migrate(&mut connection, &place, &steps).unwrap();
    }
    assert_eq!(schema.number("SELECT count(later) FROM records"), 0);
    assert_eq!(schema.number("SELECT version FROM jumun"), 3);
    assert_eq!(schema.number("SELECT count(*) FROM events"), 1);
}

#[test]
fn a_step_that_fails_leaves_the_schema_as_it_was() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    schema.open().writer.commit(&told(1)).unwrap();
    let place = schema.place();
    let broken = ["DROP TABLE events", "ALTER TABLE nothing ADD COLUMN x text"];
    let steps = [schema::STEPS, &broken].concat();
    let mut connection = place.connect(Role::Writes).unwrap();
    assert!(schema::migrate(&mut connection, &place, &steps).is_err());
    drop(connection);
    assert_eq!(ids(&*schema.open().reader), [1]);
}

#[test]
fn looking_for_what_is_not_there_says_so_and_makes_nothing() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let error = open_to_look(&schema.server, &schema.scope).err().unwrap();
    assert!(reason(&error).contains("start the system once"), "{error}");
    let made = "SELECT count(*) FROM pg_namespace WHERE nspname = current_setting('search_path')";
    assert_eq!(schema.number(made), 0);
}

#[test]
fn a_name_that_is_none_is_refused_before_anybody_is_asked() {
    let server = Server::new("127.0.0.1", 1, "jumun");
    for scope in ["", "a b", "a\"; DROP", "가", &"x".repeat(64)] {
        let error = refused(&server, scope);
        assert!(reason(&error).contains("name of a schema"), "{error}");
    }
}

#[test]
fn a_server_without_encryption_is_not_talked_to_where_it_is_asked_for() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let mut server = server(postgres.url());
    server.tls = Tls::Verified(None);
    let error = open(&server, "never_made").err().unwrap();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    server.tls = Tls::Verified(Some("/nowhere/authorities.pem".into()));
    let error = open(&server, "never_made").err().unwrap();
    assert!(
        reason(&error).contains("/nowhere/authorities.pem"),
        "{error}"
    );
}

#[test]
fn a_store_that_is_removed_is_gone_and_another_programs_schema_stays() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    drop(schema.open());
    remove(&schema.server, &schema.scope).unwrap();
    let error = open_to_look(&schema.server, &schema.scope).err().unwrap();
    assert!(reason(&error).contains("no such schema"), "{error}");
    schema.run(&format!(
        "CREATE SCHEMA \"{0}\"; CREATE TABLE \"{0}\".orders (id int8)",
        schema.scope
    ));
    let error = remove(&schema.server, &schema.scope).err().unwrap();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn whoever_copies_sees_who_else_is_connected() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let opened = schema.open();
    let mut source = copy_source(&schema.server, &schema.scope).unwrap();
    assert_eq!(source.others(), Ok(1));
    drop(opened);
    until(|| source.others() == Ok(0));
}
