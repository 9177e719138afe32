//! The writer's side: one connection, and one turn a batch.
//!
//! A turn is a transaction that has locked the one row of `head`. Whoever commits has it, so
//! commits come one after the other, and their number, the edition, tells whether anybody else has
//! committed since.

mod changes;
mod load;
mod replace;

use storm::store::{
    Changed, Changes, Loaded, Millis, Position, Standing, StoreError, StoredDeadline, Turn, Wanted,
    Writer,
};

use super::database::{Database, Failure};
use super::link::{self, Link, Role};
use super::reader::{CURSORS, PARKED};
use super::rows::{self, Answers};
use super::sql::{Script, Sql};
use crate::kinds::Kinds;
use load::Questions;
use mysql::Row;

const TAKE_TURN: &str = "
    START TRANSACTION;
    SELECT edition, position FROM head WHERE one = 1 FOR UPDATE;";

const KINDS: &str = "SELECT name, number FROM kinds";

const HEAD: &str = "SELECT position FROM head";

const IDS_RESERVED: &str = "SELECT ids FROM head";

const NEXT_DUE: &str = "SELECT min(due) FROM deadlines";

/// One look at the database for all questions, where no turn keeps it as it is.
const LOOK: &str = "
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// A turn that is ours.
#[derive(Clone, Copy, Debug)]
struct Held {
    edition: i64,
    head: Position,
    /// Whether we know of all commits before it: there is none but ours, or we were told.
    is_known: bool,
}

pub(super) struct MysqlWriter {
    database: Database,
    /// `None` after it failed, until the next try.
    link: Option<Link>,
    turn: Option<Held>,
    /// The edition that our last commit left; none when it is not known.
    left: Option<i64>,
    kinds: Kinds,
}

impl MysqlWriter {
    pub(super) fn new(database: Database, link: Link) -> Self {
        Self {
            database,
            link: Some(link),
            turn: None,
            left: None,
            kinds: Kinds::default(),
        }
    }

    /// Does it, or leaves nothing behind: after an error it is nobody's turn.
    fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        work(self).map_err(|failure| {
            self.forget();
            match &failure {
                // Nobody listens, and to learn that once took long enough.
                Failure::Database(error) if link::is_broken(error) => self.link = None,
                _ => self.give_up(),
            }
            self.turn = None;
            self.database.why(failure)
        })
    }

    fn forget(&mut self) {
        self.left = None;
        self.kinds = Kinds::default();
    }

    /// Ends the transaction, if there is one. A connection on which that fails is not kept: the
    /// server ends the transaction when it goes.
    fn give_up(&mut self) {
        self.turn = None;
        if let Some(mut link) = self.link.take()
            && link.ask("ROLLBACK").is_ok()
        {
            self.link = Some(link);
        }
    }

    fn link(&mut self) -> Result<&mut Link, StoreError> {
        if self.link.is_none() {
            self.link = Some(self.database.connect(Role::Writer)?);
            // By the same name there may be another server now, to which the last commits of the
            // old one never came.
            self.forget();
        }
        self.same_link()
    }

    /// The connection that the transaction is on: on another one, each statement would be kept by
    /// itself.
    fn same_link(&mut self) -> Result<&mut Link, StoreError> {
        self.link
            .as_mut()
            .ok_or_else(|| self.database.unavailable("the connection was lost"))
    }

    /// Asks what can be asked again: outside of a turn, a connection that was lost since the last
    /// question is made anew.
    fn ask(&mut self, sql: &str) -> Result<Vec<Vec<Row>>, Failure> {
        let in_turn = self.turn.is_some();
        let link = self.link()?;
        let is_old = link.was_used();
        match link.ask(sql) {
            Err(error) if is_old && !in_turn && link::is_gone(&error) => {
                self.link = None;
                Ok(self.link()?.ask(sql)?)
            }
            done => Ok(done?),
        }
    }

    /// Begins a turn, unless it is ours already.
    fn begin(&mut self) -> Result<Held, Failure> {
        if let Some(held) = self.turn {
            return Ok(held);
        }
        // The kinds come along when they may have changed. The last statement sees what was
        // committed until the one before got the lock.
        let known = self.kinds.edition();
        let mut sql = Sql::new(TAKE_TURN);
        sql.words(KINDS)
            .words(" WHERE (SELECT edition FROM head WHERE one = 1) <> ");
        sql.number(known.unwrap_or(-1));
        let mut answers = Answers::new(self.ask(sql.as_str())?);
        let Some(mut row) = answers.next()?.pop() else {
            return Err(self.database.corrupt("its head is missing").into());
        };
        let edition = rows::take(&mut row, 0)?;
        let held = Held {
            edition,
            head: rows::take(&mut row, 1)?,
            is_known: self.left == Some(edition),
        };
        self.turn = Some(held);
        if self.kinds.edition() != Some(held.edition) {
            let mut numbers = vec![answers.next()?];
            if known == Some(held.edition) {
                // They were known when it was asked, and are not since: on a new connection.
                numbers = self.ask(KINDS)?;
            }
            self.kinds = Kinds::new(held.edition, rows::all(&mut numbers, rows::kind)?);
        }
        Ok(held)
    }

    /// Runs what ends with a commit.
    fn finish(&mut self, held: Held, script: &Script) -> Result<(), Failure> {
        for part in script.parts() {
            self.same_link()?.ask(part)?;
        }
        self.turn = None;
        self.left = held.is_known.then_some(held.edition + 1);
        self.kinds.hold_at(held.edition + 1);
        Ok(())
    }

    fn number<T: mysql::prelude::FromValue>(&mut self, sql: &str) -> Result<T, StoreError> {
        self.run(|writer| {
            let mut row = rows::only(&mut writer.ask(sql)?)?;
            Ok(rows::take(&mut row, 0)?)
        })
    }

    /// The record that a commit was refused for; the server does not say.
    fn contested(&mut self, changes: &Changes) -> Option<String> {
        let records = changes.records.iter();
        let wanted = Wanted {
            records: records
                .map(|Changed { record, .. }| (record.kind.clone(), record.id))
                .collect(),
            ..Wanted::default()
        };
        let there = self.load(&wanted).ok()?.records;
        changes
            .records
            .iter()
            .find_map(|Changed { record, loaded }| {
                let (kind, id) = (&record.kind, record.id);
                let found = there
                    .iter()
                    .find(|found| found.id == id && found.kind == *kind);
                let version = found.map_or(0, |found| found.version);
                (version != *loaded).then(|| format!("{kind} {id}"))
            })
    }
}

impl Writer for MysqlWriter {
    fn take_turn(&mut self) -> Result<Turn, StoreError> {
        self.pass();
        let held = self.run(Self::begin)?;
        if held.is_known {
            return Ok(Turn::Unchanged);
        }
        self.turn = Some(Held {
            is_known: true,
            ..held
        });
        Ok(Turn::Changed)
    }

    fn pass(&mut self) {
        if self.turn.is_some() {
            self.give_up();
        }
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        if *wanted == Wanted::default() {
            return Ok(Loaded::default());
        }
        self.run(|writer| {
            let questions = Questions::of(wanted);
            let in_turn = writer.turn.is_some();
            if !in_turn {
                writer.ask(LOOK)?;
            }
            let mut answers = Vec::new();
            for part in questions.parts() {
                answers.extend(writer.same_link()?.ask(part)?);
            }
            if !in_turn {
                writer.same_link()?.ask("COMMIT")?;
            }
            Ok(questions.read(answers)?)
        })
    }

    fn commit(&mut self, changes: &Changes) -> Result<Position, StoreError> {
        if changes.is_empty() {
            self.pass();
            return self.number(HEAD);
        }
        let committed = self.run(|writer| {
            let held = writer.begin()?;
            let (script, end) = changes::script(&mut writer.kinds, held.head, changes);
            writer.finish(held, &script)?;
            Ok(end)
        });
        match committed {
            Err(StoreError::Conflict(what)) => Err(StoreError::Conflict(
                self.contested(changes).unwrap_or(what),
            )),
            done => done,
        }
    }

    fn due(&mut self, now: Millis, limit: usize) -> Result<Vec<StoredDeadline>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut sql = Sql::new("SELECT kind, id, name, due FROM deadlines WHERE due <= ");
        sql.number(now)
            .words(" ORDER BY due, kind, id, name LIMIT ")
            .number(limit);
        self.run(|writer| Ok(rows::all(&mut writer.ask(sql.as_str())?, rows::deadline)?))
    }

    fn next_due(&mut self) -> Result<Option<Millis>, StoreError> {
        self.number(NEXT_DUE)
    }

    fn standing(&mut self) -> Result<Standing, StoreError> {
        let mut sql = Sql::new(IDS_RESERVED);
        for question in [NEXT_DUE, CURSORS, PARKED] {
            sql.words(";").words(question);
        }
        self.run(|writer| {
            let mut answers = Answers::new(writer.ask(sql.as_str())?);
            let mut next = || answers.next().map(|rows| vec![rows]);
            Ok(Standing {
                ids_reserved: rows::take(&mut rows::only(&mut next()?)?, 0)?,
                next_due: rows::take(&mut rows::only(&mut next()?)?, 0)?,
                cursors: rows::all(&mut next()?, rows::cursor)?,
                parked: rows::all(&mut next()?, rows::parked)?,
            })
        })
    }

    fn replace_kind(&mut self, kind: &str, by: &str) -> Result<(), StoreError> {
        if kind == by {
            self.pass();
            return Ok(());
        }
        self.run(|writer| writer.replace(kind, by))
    }
}
