//! Why writers take turns: positions that the server counts up become visible when their commit
//! does, and not in their order.

use std::thread;

use super::*;
use crate::mysql::link::{Link, Role};
use crate::mysql::rows;

/// The log that one would write first: the server gives the positions, and readers ask for what
/// comes after the last one that they have seen.
const NAIVE: &str = "
    CREATE TABLE naive (
        position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        id       BIGINT NOT NULL
    ) ENGINE = InnoDB";

struct Naive {
    link: Link,
    last: i64,
}

impl Naive {
    fn poll(&mut self) -> Vec<i64> {
        let last = self.last;
        let sql =
            format!("SELECT id, position FROM naive WHERE position > {last} ORDER BY position");
        let mut answers = self.link.ask(&sql).unwrap();
        let read = |row: &mut mysql::Row| Ok((rows::take(row, 0)?, rows::take(row, 1)?));
        let seen: Vec<(i64, i64)> = rows::all(&mut answers, read).unwrap();
        self.last = seen.last().map_or(last, |(_, position)| *position);
        seen.into_iter().map(|(id, _)| id).collect()
    }
}

#[test]
fn a_naive_reader_of_a_naive_log_loses_an_event() {
    let Some(fresh) = Fresh::shared() else { return };
    fresh.sql(NAIVE);
    let connect = || Link::open(&fresh.server, &fresh.server.database, Role::Writer).unwrap();
    let (mut one, mut other) = (connect(), connect());
    let mut reader = Naive {
        link: connect(),
        last: 0,
    };
    one.ask("START TRANSACTION; INSERT INTO naive (id) VALUES (1)")
        .unwrap();
    other.ask("INSERT INTO naive (id) VALUES (2)").unwrap();
    assert_eq!(reader.poll(), [2]);
    one.ask("COMMIT").unwrap();
    // It is there, and before what was seen: this reader will never see it.
    assert_eq!(reader.poll(), [0; 0]);
    assert_eq!(fresh.sql("SELECT count(*) FROM naive").trim(), "2");
}

#[test]
fn in_our_log_the_one_who_comes_second_gets_the_second_position() {
    let Some(fresh) = Fresh::shared() else { return };
    let (mut one, mut other) = (fresh.open().unwrap(), fresh.open().unwrap());
    one.writer.take_turn().unwrap();
    thread::scope(|scope| {
        let second = scope.spawn(move || other.writer.commit(&told([2])).unwrap());
        // The other one is at the lock.
        let waiting = format!(
            "SELECT count(*) FROM information_schema.innodb_trx t
             JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
             WHERE p.db = '{}' AND t.trx_state = 'LOCK WAIT'",
            fresh.server.database
        );
        let start = Instant::now();
        while fresh.sql(&waiting).trim() != "1" {
            assert!(start.elapsed() < DEADLINE, "nobody waits");
        }
        assert_eq!(log(one.reader.as_ref()), Ok(vec![]));
        assert_eq!(one.writer.commit(&told([1])), Ok(1));
        assert_eq!(second.join().unwrap(), 2);
    });
    assert_eq!(log(one.reader.as_ref()), Ok(vec![1, 2]));
}
