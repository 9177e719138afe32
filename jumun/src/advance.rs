//! `jumun advance`: lets a context go on whose store is older than what others have heard of it.

use anyhow::{Result, bail};
use store_sql::sqlite::DataFolder;
use storm::store::Position;
use storm::{Id, LARGEST_ID, System};

use crate::configuration::{Configuration, Store};
use crate::stores::{self, Heard, Patience};
use crate::systems;
use crate::up::say;

/// At least so many ids are skipped, and the next one is the first after a multiple of it: people see
/// where the gap is. Ids are also taken by what is refused afterwards and tells no event, so no log
/// says how many were given.
const SKIPPED_IDS: Id = 100_000;
/// At least so many ids are skipped for each event that is lost.
const IDS_AN_EVENT: Id = 100;

/// Skips the positions that others have heard, and the ids that may be in use. `past`: up to there at
/// least, for what cannot be read from here.
///
/// # Errors
/// When the context runs, its store cannot be opened, or ids would run out.
pub async fn run(
    system: &System,
    context: &str,
    past: Option<Position>,
    configuration: &Configuration,
) -> Result<()> {
    let declared = systems::context(system, context)?;
    let context = declared.name();
    let _claimed = claim(system, context, configuration)?;
    let heard = stores::heard_elsewhere(system, context, configuration).await;
    for unknown in stores::consumers(system, context).map(storm::Context::name) {
        if heard.iter().all(|heard| heard.consumer != unknown) {
            say(&format!(
                "{unknown} listens to {context}, and its store cannot be read from here; if it has heard more than the others, say up to where with --past"
            ));
        }
    }
    let patience = Patience::Fails;
    let mut store = stores::open_one(system.name(), declared, configuration, &patience).await?;
    let (head, ids) = (store.head(), store.ids_reserved());
    let furthest = heard.iter().map(|heard| heard.up_to);
    let to = furthest.chain(past).max().unwrap_or(0);
    if to <= head {
        say(&format!(
            "nothing to do: the log of {context} ends at position {head}, and nobody is known to have heard more"
        ));
        return Ok(());
    }
    let ids_to = skip(ids, to - head)?;
    tokio::task::block_in_place(|| store.advance(to, ids_to))?;
    say(&format!(
        "{context} goes on after position {to} instead of {head}, and with id {} instead of {}; it can be started",
        ids_to + 1,
        ids + 1
    ));
    say_lost(system.name(), context, head, &heard);
    Ok(())
}

fn claim(
    system: &System,
    context: &str,
    configuration: &Configuration,
) -> Result<Option<DataFolder>> {
    // Writers of a store on a server take turns.
    if configuration.store(system.name(), context) != Store::Sqlite {
        return Ok(None);
    }
    let claimed = stores::claim_context(system.name(), context, configuration)?;
    let contexts = system.contexts().iter();
    let of_it: Vec<_> = contexts.filter(|found| found.name() == context).collect();
    stores::bring_in(system.name(), of_it, configuration)?;
    Ok(Some(claimed))
}

/// The last id that is not given any more.
fn skip(ids: Id, lost: Position) -> Result<Id> {
    let ahead = lost.saturating_mul(IDS_AN_EVENT).max(SKIPPED_IDS);
    let least = ids.saturating_add(ahead);
    let round = least
        .checked_add(SKIPPED_IDS - 1)
        .map(|least| least - least % SKIPPED_IDS);
    match round.filter(|to| *to < LARGEST_ID) {
        Some(to) => Ok(to),
        None => bail!("there are no {ahead} ids left after {ids}"),
    }
}

fn say_lost(system: &str, context: &str, head: Position, heard: &[Heard]) {
    for Heard { consumer, up_to } in heard.iter().filter(|heard| heard.up_to > head) {
        say(&format!(
            "{consumer} has heard {} events of {context} that are no longer in its log; what it made of them stays, see `jumun events {system} --context {consumer}`",
            up_to - head
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_skipped_to_where_people_see_the_gap_and_never_beyond_the_last() {
        assert_eq!(skip(11, 15).unwrap(), 200_000);
        assert_eq!(skip(0, 1).unwrap(), 100_000);
        assert_eq!(skip(0, 5_000).unwrap(), 500_000);
        assert!(skip(LARGEST_ID - 5, 1).is_err());
        assert!(skip(0, Position::MAX).is_err());
    }
}
