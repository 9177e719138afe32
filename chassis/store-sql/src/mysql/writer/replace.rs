//! How a read model that was rebuilt aside takes its place.

use super::MysqlWriter;
use crate::kinds::Kinds;
use crate::mysql::database::Failure;
use crate::mysql::rows;
use crate::mysql::sql::{Script, Sql};

/// Rows that are removed at once when a whole kind is.
const REMOVED: i64 = 5_000;

impl MysqlWriter {
    fn remove_all(&mut self, table: &str, kind: i64) -> Result<(), Failure> {
        let mut sql = Sql::new("DELETE FROM ");
        sql.words(table).words(" WHERE kind = ").number(kind);
        sql.words(" LIMIT ")
            .number(REMOVED)
            .words("; SELECT row_count()");
        loop {
            let mut row = rows::only(&mut self.ask(sql.as_str())?)?;
            let removed: i64 = rows::take(&mut row, 0)?;
            if removed < REMOVED {
                return Ok(());
            }
        }
    }

    pub(super) fn replace(&mut self, kind: &str, by: &str) -> Result<(), Failure> {
        let held = self.begin()?;
        let mut script = Script::new();
        if let Some(number) = self.kinds.number(kind) {
            self.remove_all("records", number)?;
            self.remove_all("record_keys", number)?;
            script.statement(|sql| {
                sql.words("DELETE FROM kinds WHERE number = ")
                    .number(number);
            });
        }
        if let Some(number) = self.kinds.number(by) {
            script.statement(|sql| {
                sql.words("UPDATE kinds SET name = ").text(kind);
                sql.words(", shown = (SELECT count(*) FROM records WHERE kind = ")
                    .number(number);
                sql.words(" AND hidden = 0) WHERE number = ").number(number);
            });
        }
        script.statement(|sql| {
            sql.words("UPDATE head SET edition = edition + 1; COMMIT");
        });
        self.finish(held, &script)?;
        self.kinds = Kinds::default();
        Ok(())
    }
}
