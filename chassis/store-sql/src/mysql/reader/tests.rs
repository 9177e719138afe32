use std::time::Duration;

use super::*;
use crate::mysql::tests::Fresh;

#[test]
fn readers_wait_for_a_connection_but_not_for_ever() {
    let Some(mut fresh) = Fresh::shared() else {
        return;
    };
    drop(fresh.open().unwrap());
    fresh.server.readers = 1;
    fresh.server.statement = Duration::from_secs(1);
    let reader = MysqlReader::new(Database::of(&fresh.server, ""));
    let busy = reader.lend().unwrap();
    let error = reader.head().unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    drop(busy);
    assert_eq!(reader.head(), Ok(0));
}
