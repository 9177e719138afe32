//! Why writers take turns: positions that a sequence gives become visible when their commit does,
//! and not in their order.

use super::*;

/// The log that one would write first: a sequence gives the positions, and readers ask for what
/// comes after the last one that they have seen.
const NAIVE: &str = "
    CREATE TABLE naive (position int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id int8 NOT NULL)";

const POLL: &str = "SELECT id, position FROM naive WHERE position > $1 ORDER BY position";

#[test]
fn a_naive_reader_of_a_naive_log_loses_an_event() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    drop(schema.open());
    schema.run(NAIVE);
    let place = schema.place();
    let [mut one, mut other, mut reader] =
        [Role::Writes; 3].map(|role| place.connect(role).unwrap());
    let mut last = 0_i64;
    let mut poll = || -> Vec<i64> {
        let answers = reader.ask(&[Step::new(POLL).with(last)]).unwrap();
        let rows = &answers[0];
        last = rows.last().map_or(last, |row| row.get(1));
        rows.iter().map(|row| row.get(0)).collect()
    };

    one.run("BEGIN; INSERT INTO naive (id) VALUES (1)").unwrap();
    other.run("INSERT INTO naive (id) VALUES (2)").unwrap();
    assert_eq!(poll(), [2]);
    one.run("COMMIT").unwrap();
    // It is there, and before what was seen: this reader will never see it.
    assert_eq!(poll(), [0; 0]);
    assert_eq!(schema.number("SELECT count(*) FROM naive"), 2);
}

#[test]
fn in_our_log_the_one_who_comes_second_gets_the_second_position() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let (mut one, mut other) = (schema.open(), schema.open());
    one.writer.take_turn().unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(move || other.writer.commit(&told(2)).unwrap());
        until(|| schema.number(WAITING) == 1);
        assert_eq!(ids(&*one.reader), [0; 0]);
        assert_eq!(one.writer.commit(&told(1)), Ok(1));
        assert_eq!(second.join().unwrap(), 2);
    });
    assert_eq!(ids(&*one.reader), [1, 2]);
}

/// Sessions of this schema that wait for a lock.
pub(super) const WAITING: &str = "
    SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND application_name = 'jumun ' || current_schema()";
