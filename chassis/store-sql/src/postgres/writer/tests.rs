use engines::Postgres;
use storm::Id;
use storm::store::{Changed, Record, StoredKey};

use super::*;
use crate::postgres::tests::Schema;

const READ: &str = "
    SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int8
    FROM pg_stat_xact_user_tables
    WHERE schemaname = current_schema() AND relname IN ('records', 'keys')";

fn order(id: Id, loaded: i64) -> Changed {
    Changed {
        record: Record {
            kind: "order".to_owned(),
            id,
            version: loaded + 1,
            correlation: String::new(),
            state: "{}".to_owned(),
            hidden: false,
        },
        loaded,
    }
}

fn key(id: Id) -> StoredKey {
    StoredKey {
        kind: "order".to_owned(),
        name: "userId".to_owned(),
        value: id.into(),
    }
}

/// The first orders find empty tables. How they are looked for then is how they are looked for ever
/// after, until the server thinks about it anew.
#[test]
fn a_plan_made_for_an_empty_store_reads_no_more_of_a_full_one_than_it_must() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let schema = Schema::on(postgres);
    let mut writer = PostgresWriter::open(Arc::new(schema.place())).unwrap();
    let wanted = |id| Wanted {
        records: vec![("order".to_owned(), id)],
        keys: vec![key(id + 1)],
        answers: Vec::new(),
    };
    let changes = |id, loaded| Changes {
        records: vec![order(id, loaded)],
        removed: vec![("order".to_owned(), id + 1)],
        keys_added: vec![(key(id), id)],
        keys_removed: vec![(key(id + 1), id + 1)],
        ..Changes::default()
    };
    writer.load(&wanted(1)).unwrap();
    writer.commit(&changes(1, 0)).unwrap();
    writer.commit(&changes(1, 1)).unwrap();
    let all = 3..3_000;
    let many = Changes {
        records: all.clone().map(|id| order(id, 0)).collect(),
        keys_added: all.map(|id| (key(id), id)).collect(),
        ..Changes::default()
    };
    writer.commit(&many).unwrap();

    writer.take_turn().unwrap();
    assert_eq!(writer.load(&wanted(1_000)).unwrap().records.len(), 2);
    for step in changes::steps(
        &mut writer.kinds.clone(),
        0,
        &changes(1_000, 1),
        changes::MISSING_KEYS,
    ) {
        writer.ask(&[step], false).unwrap();
    }
    let read = writer.number(READ).unwrap().unwrap();
    assert!((4..=12).contains(&read), "{read} rows were read");
}

#[test]
fn a_replaced_read_model_leaves_nothing_behind() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let schema = Schema::on(postgres);
    let mut writer = PostgresWriter::open(Arc::new(schema.place())).unwrap();
    let rows = Changes {
        records: (1..=12_000).map(|id| order(id, 0)).collect(),
        keys_added: (1..=12_000).map(|id| (key(id % 7), id)).collect(),
        ..Changes::default()
    };
    writer.commit(&rows).unwrap();
    writer.replace_kind("order", "order~").unwrap();
    for left in [
        "SELECT count(*) FROM records",
        "SELECT count(*) FROM keys",
        "SELECT count(*) FROM kinds",
    ] {
        assert_eq!(writer.number(left), Ok(Some(0)), "{left}");
    }
    writer.commit(&rows).unwrap();
    assert_eq!(
        writer.number("SELECT count(*) FROM records"),
        Ok(Some(12_000))
    );
}
