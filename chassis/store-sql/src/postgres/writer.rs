//! The writer's side: one connection, one transaction a turn.

mod changes;
mod fate;
mod load;
mod turn;

use std::sync::Arc;
use std::time::Instant;

use storm::store::{
    Changes, Loaded, Millis, Position, Standing, StoreError, StoredDeadline, Turn, Wanted, Writer,
};
use tokio_postgres::{Error, Row};

use crate::kinds::Kinds;

use super::connection::{Connection, Failure, Step};
use super::place::{Place, Role};
use super::reader::{CURSORS, PARKED};
use super::texts::Sent;
use super::{explain, rows, schema};
use fate::fresh_mark;
use turn::Mine;

pub(super) use turn::LOCK;

// Whatever the server's own default is: under the lock each statement sees the last commit.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

const LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

const KINDS: &str = "SELECT name, number FROM kinds";

const COMMIT: &str = "COMMIT";

const ROLLBACK: &str = "ROLLBACK";

const DUE: &str = "
    SELECT kind, id, name, due FROM deadlines WHERE due <= $1
    ORDER BY due, kind, id, name LIMIT $2";

const NEXT_DUE: &str = "SELECT min(due) FROM deadlines";

const IDS_RESERVED: &str = "SELECT ids FROM store";

pub(super) struct PostgresWriter {
    place: Arc<Place>,
    /// `None` after it was lost, until the next try.
    connection: Option<Connection>,
    turn: Option<Mine>,
    /// The edition that our last turn found, or left; `None` if that is not certain.
    left: Option<i64>,
    /// Numbers of kinds, as of the last turn.
    kinds: Kinds,
}

impl PostgresWriter {
    pub(super) fn open(place: Arc<Place>) -> Result<Self, StoreError> {
        let mut connection = place.connect(Role::Writes)?;
        schema::migrate(&mut connection, &place, schema::STEPS)?;
        Ok(Self {
            place,
            connection: Some(connection),
            turn: None,
            left: None,
            kinds: Kinds::default(),
        })
    }

    /// Asks on the connection. Outside of a turn, one that was lost while nobody used it is made
    /// anew, once, if `again` says that asking twice does no harm.
    fn ask(&mut self, steps: &[Step<'_>], again: bool) -> Result<Vec<Vec<Row>>, StoreError> {
        loop {
            let used_before = self.connection.is_some();
            let connection = self.connected()?;
            let failure = match connection.ask(steps) {
                Ok(answers) => return Ok(answers),
                Err(failure) => failure,
            };
            if again && used_before && self.turn.is_none() && failure.is_stale() {
                // Who else was there meanwhile, or whether the server is still the same, is not known.
                self.forget();
                self.connection = None;
            } else {
                return Err(self.failed(&failure));
            }
        }
    }

    /// Loads without a turn, and without waiting for one: all as of one commit.
    fn look(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let answers = self.ask(&[Step::new(LOOK), Step::new(KINDS)], true)?;
        let rows = answers.get(1).map_or(&[][..], Vec::as_slice);
        let kinds = self.read(rows.iter().map(rows::kind).collect())?;
        // They are those of no turn.
        let asked = load::Asked::new(wanted, &Kinds::new(-1, kinds));
        let mut steps = asked.steps();
        steps.push(Step::new(COMMIT));
        let answers = self.ask(&steps, false)?;
        self.read(asked.loaded(&answers))
    }

    fn connected(&mut self) -> Result<&mut Connection, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                // A connection that was lost has taken its turn along.
                if self.turn.take().is_some() {
                    return Err(self.place.away("the turn was lost with its connection"));
                }
                self.place.connect(Role::Writes)?
            }
        };
        Ok(self.connection.insert(connection))
    }

    /// After an error it is nobody's turn, and nothing that was remembered is true for certain.
    fn failed(&mut self, failure: &Failure) -> StoreError {
        self.forget();
        self.turn = None;
        if !failure.ends_connection() {
            self.roll_back();
        } else if let Some(connection) = self.connection.take()
            && failure.is_stale()
            && let Some(said) = connection.last_words()
        {
            return explain::failed(&self.place, &said.into());
        }
        explain::failed(&self.place, failure)
    }

    fn forget(&mut self) {
        self.left = None;
        self.kinds = Kinds::default();
    }

    /// Ends whatever transaction there is. One that cannot be ended ends with its connection.
    fn roll_back(&mut self) {
        if let Some(connection) = &mut self.connection
            && connection.ask(&[Step::new(ROLLBACK)]).is_err()
        {
            self.connection = None;
        }
    }

    /// Commits what `steps` do of `changes`, and ends the turn. They travel together with the commit: if
    /// one fails, the server undoes all, and answers the commit with that. Says where the log ends.
    fn change(
        &mut self,
        mine: Mine,
        mut steps: Vec<Step<'_>>,
        changes: &Changes,
    ) -> Result<Position, StoreError> {
        let mark = fresh_mark();
        steps.extend([changes::finish(changes, mark), Step::new(COMMIT)]);
        let start = Instant::now();
        let answers = match self.ask(&steps, false) {
            Ok(answers) => answers,
            Err(error) if self.connection.is_none() => {
                // A server that stands still was waited for long enough.
                let long = start.elapsed() > self.place.server().statement;
                return if long {
                    Err(self.in_doubt(error))
                } else {
                    self.settle(mine, mark, changes, error)
                };
            }
            Err(error) => return Err(error),
        };
        self.turn = None;
        // The step before the commit says what it left.
        let last = answers.iter().rev().nth(1).and_then(|rows| rows.first());
        let last = last.ok_or_else(|| self.no_store())?;
        let edition: i64 = self.read(last.try_get(0))?;
        self.left = (mine.told || mine.turn == Turn::Unchanged).then_some(edition);
        self.kinds.hold_at(edition);
        self.read(last.try_get(1))
    }

    /// Deletes what rebuilt read models have left, little by little, while others have their turns.
    /// What cannot be deleted now is deleted the next time.
    fn clear(&mut self) {
        for sql in changes::CLEAR {
            loop {
                match self.number(sql) {
                    Ok(Some(1..)) => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!(%error, "a replaced read model is still there");
                        return;
                    }
                }
            }
        }
    }

    fn no_store(&self) -> StoreError {
        StoreError::Corrupt {
            place: self.place.name(),
            reason: "its table `store` is empty".to_owned(),
        }
    }

    fn read<T>(&self, read: Result<T, Error>) -> Result<T, StoreError> {
        read.map_err(|error| explain::unreadable(&self.place, &error))
    }

    fn number(&mut self, sql: &'static str) -> Result<Option<i64>, StoreError> {
        let answers = self.ask(&[Step::new(sql)], true)?;
        self.read(rows::number(first(&answers)))
    }
}

fn first(answers: &[Vec<Row>]) -> &[Row] {
    answers.first().map_or(&[], Vec::as_slice)
}

impl Writer for PostgresWriter {
    fn take_turn(&mut self) -> Result<Turn, StoreError> {
        let mine = self.begin()?;
        self.turn = Some(Mine { told: true, ..mine });
        Ok(mine.turn)
    }

    fn pass(&mut self) {
        if self.turn.take().is_some() {
            self.roll_back();
        }
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        if self.turn.is_none() {
            return self.look(wanted);
        }
        let asked = load::Asked::new(wanted, &self.kinds);
        let steps = asked.steps();
        if steps.is_empty() {
            return Ok(Loaded::default());
        }
        let answers = self.ask(&steps, true)?;
        self.read(asked.loaded(&answers))
    }

    fn commit(&mut self, changes: &Changes) -> Result<Position, StoreError> {
        let mine = self.begin()?;
        let steps = changes::steps(&mut self.kinds, mine.head, changes, changes::NEW_KEYS);
        let conflict = match self.change(mine, steps, changes) {
            Err(conflict @ StoreError::Conflict(_)) if !changes.keys_added.is_empty() => conflict,
            done => return done,
        };
        // If it is about a key that was there already, it is none.
        if self.begin()?.edition != mine.edition {
            self.pass();
            return Err(conflict);
        }
        let steps = changes::steps(&mut self.kinds, mine.head, changes, changes::MISSING_KEYS);
        self.change(mine, steps, changes)
    }

    fn due(&mut self, now: Millis, limit: usize) -> Result<Vec<StoredDeadline>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let answers = self.ask(&[Step::new(DUE).with(now).with(limit)], true)?;
        let rows = first(&answers).iter();
        self.read(rows.map(rows::deadline).collect())
    }

    fn next_due(&mut self) -> Result<Option<Millis>, StoreError> {
        self.number(NEXT_DUE)
    }

    fn standing(&mut self) -> Result<Standing, StoreError> {
        let steps = [IDS_RESERVED, NEXT_DUE, CURSORS, PARKED].map(Step::new);
        let answers = self.ask(&steps, true)?;
        let [ids, due, cursors, parked] = &answers[..] else {
            return Err(self.no_store());
        };
        Ok(Standing {
            ids_reserved: self.read(rows::number(ids))?.unwrap_or(0),
            next_due: self.read(rows::number(due))?,
            cursors: self.read(cursors.iter().map(rows::cursor).collect())?,
            parked: self.read(parked.iter().map(rows::parked).collect())?,
        })
    }

    fn replace_kind(&mut self, kind: &str, by: &str) -> Result<(), StoreError> {
        if kind == by {
            self.pass();
            return Ok(());
        }
        let mine = self.begin()?;
        let steps = vec![
            Step::new(changes::GONE_KIND).with(Sent(kind)),
            Step::new(changes::RENAME_KIND)
                .with(Sent(kind))
                .with(Sent(by)),
        ];
        self.change(mine, steps, &Changes::default())?;
        self.kinds = Kinds::default();
        self.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
