//! Which blows there are, and how an ordinary run deals them out.

use super::Blow::{
    self, Freeze, Kill, KillBroker, KillContext, KillDatabase, KillGateway, Leave, PauseBroker,
    PauseDatabase, Rebuild, RestartDatabase, Stall, StopBroker, Strand,
};
use super::Engine::{MariaDb, Postgres};

/// What happens more often lies there more often.
pub(super) const BAG: &[Blow] = &[
    Kill,
    Kill,
    KillContext,
    KillGateway,
    Freeze,
    Freeze,
    Strand,
    Rebuild,
    Stall,
    Leave,
    KillDatabase(Postgres),
    KillDatabase(MariaDb),
    RestartDatabase(Postgres),
    RestartDatabase(MariaDb),
    PauseDatabase(Postgres),
    PauseDatabase(MariaDb),
    KillBroker,
    StopBroker,
    PauseBroker,
];

/// What each system gets of it in an ordinary run: together everything. Servers of one's own take long to
/// start, so only one has brokers, and only one databases.
const HANDS: [(&str, &[Blow]); 6] = [
    ("bidding", &[Kill, Freeze, Leave]),
    ("bookrental", &[KillContext, KillGateway, Freeze]),
    (
        "breakfast",
        &[
            KillDatabase(Postgres),
            KillDatabase(MariaDb),
            RestartDatabase(Postgres),
            RestartDatabase(MariaDb),
            PauseDatabase(Postgres),
            PauseDatabase(MariaDb),
        ],
    ),
    ("fruitstore", &[KillBroker, StopBroker, PauseBroker]),
    ("onlinestudy", &[Rebuild, Stall, Kill]),
    ("productdelivery", &[Strand, KillGateway, Stall]),
];

/// A system's part.
#[track_caller]
pub(super) fn dealt_to(system: &str) -> &'static [Blow] {
    let hand = HANDS.iter().find(|(name, _)| *name == system);
    hand.unwrap_or_else(|| panic!("{system} was dealt no blows"))
        .1
}

#[test]
fn every_blow_is_dealt_to_some_system() {
    for blow in BAG {
        let dealt = HANDS.iter().any(|(_, hand)| hand.contains(blow));
        assert!(dealt, "nobody was dealt {blow}");
    }
}
