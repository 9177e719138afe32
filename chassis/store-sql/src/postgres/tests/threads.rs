//! From where a store is used.

use super::*;

#[test]
fn a_store_is_used_from_threads_that_may_wait_and_dropped_from_those_that_may_not() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let mut opened = schema.open();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let told = tokio::task::spawn_blocking(move || {
            opened.writer.take_turn().unwrap();
            let head = opened.writer.commit(&told(1)).unwrap();
            assert_eq!(opened.reader.head(), Ok(head));
            // In the middle of something.
            opened.writer.take_turn().unwrap();
            opened
        });
        let opened = told.await.unwrap();
        drop(opened);
    });
    assert_eq!(ids(&*schema.open().reader), [1]);
}

#[test]
fn many_who_read_at_once_share_a_few_connections() {
    let Some(mut schema) = Schema::fresh() else {
        return;
    };
    schema.server.readers = 2;
    let mut opened = schema.open();
    opened.writer.commit(&told(1)).unwrap();
    drop(opened.writer);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(opened.reader.head(), Ok(1));
                }
            });
        }
    });
    // With the one that asks, and without the writer's, which may be a moment in going.
    until(|| (2..=3).contains(&schema.number(SESSIONS)));
}

const SESSIONS: &str = "
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'jumun ' || current_schema()";
