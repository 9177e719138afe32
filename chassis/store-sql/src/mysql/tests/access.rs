//! Who may come in, and what is said to who may not.

use super::*;
use crate::Tls;

fn refused(server: &Server) -> String {
    let writing = open(server, "scope").err().unwrap();
    let looking = open_to_look(server, "scope").err().unwrap();
    assert!(
        matches!(writing, StoreError::Unavailable { .. }),
        "{writing}"
    );
    assert!(
        matches!(looking, StoreError::Unavailable { .. }),
        "{looking}"
    );
    writing.to_string()
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let Some(maria) = MariaDb::shared() else {
        return;
    };
    let mut server = server(&maria.guarded_url());
    server.password = Some("open sesame".to_owned());
    let error = refused(&server);
    assert!(error.contains("store_password"), "{error}");
    assert!(error.contains("guarded"), "{error}");
    assert!(!error.contains("sesame"), "{error}");
}

#[test]
fn the_right_password_opens() {
    let Some(maria) = MariaDb::shared() else {
        return;
    };
    let mut server = server(&maria.guarded_url());
    server.password = Some(engines::GUARDED.1.to_owned());
    let mut opened = open(&server, "unused").unwrap();
    assert!(opened.writer.standing().is_ok());
}

#[test]
fn a_user_who_may_not_make_the_database_is_told_what_to_grant() {
    let Some(maria) = MariaDb::shared() else {
        return;
    };
    let mut server = server(&maria.guarded_url());
    server.password = Some(engines::GUARDED.1.to_owned());
    server.database.clear();
    let error = open(&server, "not_for_guarded").err().unwrap().to_string();
    assert!(error.contains("GRANT ALL ON `not_for_guarded`"), "{error}");
}

#[test]
fn a_user_who_may_only_read_is_told_so_when_it_writes() {
    let Some(fresh) = Fresh::shared() else { return };
    drop(fresh.open().unwrap());
    let database = &fresh.server.database;
    let user = format!("r_{database}");
    fresh.sql(&format!(
        "CREATE USER {user}@'%'; GRANT SELECT ON `{database}`.* TO {user}@'%'"
    ));
    let server = Server {
        user: user.clone(),
        ..fresh.server.clone()
    };
    assert_eq!(open_to_look(&server, "unused").unwrap().head(), Ok(0));
    let error = open(&server, "unused")
        .and_then(|mut opened| opened.writer.commit(&told([1])))
        .unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().contains("GRANT ALL"), "{error}");
    fresh.sql(&format!("DROP USER {user}@'%'"));
}

#[test]
fn a_database_that_was_named_is_not_made() {
    let Some(maria) = MariaDb::shared() else {
        return;
    };
    let mut server = server(maria.url());
    server.database = "no_such_database".to_owned();
    let error = refused(&server);
    assert!(
        error.contains("CREATE DATABASE `no_such_database`"),
        "{error}"
    );
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let server = Server {
        database: "jumun".to_owned(),
        // Reserved: nobody listens there.
        ..Server::new("localhost", 1, "jumun")
    };
    let error = refused(&server);
    assert!(error.contains("mysql://jumun@localhost:1/jumun"), "{error}");
}

#[test]
fn authorities_that_cannot_be_read_are_named() {
    let server = Server {
        tls: Tls::Verified(Some("/no/such/authorities.pem".into())),
        ..Server::new("localhost", 1, "jumun")
    };
    let error = refused(&server);
    assert!(error.contains("/no/such/authorities.pem"), "{error}");
}

#[test]
fn a_server_without_a_certificate_is_not_talked_to_openly() {
    let Some(maria) = MariaDb::shared() else {
        return;
    };
    let server = Server {
        tls: Tls::Verified(None),
        ..server(maria.url())
    };
    let error = refused(&server);
    assert!(error.contains("tls=off"), "{error}");
}
