use super::*;

fn explained(code: u16, said: &str) -> StoreError {
    let server = Server {
        password: Some("open sesame".to_owned()),
        ..Server::new("db.example", 3306, "shop")
    };
    let error = Database::of(&server, "fruitstore_order").explain(Error::MySqlError(MySqlError {
        state: "HY000".to_owned(),
        message: said.to_owned(),
        code,
    }));
    assert!(!error.to_string().contains("sesame"), "{error}");
    error
}

#[test]
fn no_room_is_no_room_in_the_words_of_either_server() {
    for (code, said) in [
        (
            1021,
            "Disk full (/tmp/x); waiting for someone to free some space...",
        ),
        (1114, "The table 'events' is full"),
        (
            1030,
            "Got error 28 \"No space left on device\" from storage engine InnoDB",
        ),
        (
            1026,
            "Error writing file '/log' (OS errno 28 - No space left on device)",
        ),
    ] {
        let error = explained(code, said);
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
    }
    let other = explained(1030, "Got error 168 from storage engine");
    assert!(matches!(other, StoreError::Unavailable { .. }), "{other}");
}

#[test]
fn a_server_that_may_not_be_written_to_is_read_only() {
    let said = "The MariaDB server is running with the --read-only option";
    for code in [1290, 1792, 1836] {
        let error = explained(code, said);
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    }
}

#[test]
fn who_was_slower_decides_again() {
    for code in [1020, 1048, 1062, 1213] {
        let error = explained(code, "Deadlock found when trying to get lock");
        assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    }
}

#[test]
fn a_message_names_the_server_and_the_database() {
    let error = explained(1205, "Lock wait timeout exceeded").to_string();
    assert!(
        error.contains("mysql://shop@db.example:3306/fruitstore_order"),
        "{error}"
    );
    assert!(error.contains("another replica"), "{error}");
}
