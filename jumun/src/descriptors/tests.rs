use super::*;
use crate::systems::{OURS, Systems};

fn shop() -> Vec<System> {
    vec![Systems::new(OURS).find("fruitstore").unwrap()]
}

fn all_within(limit: usize, configuration: &Configuration) -> (usize, usize) {
    of(
        configuration,
        Needs::of_systems(&shop(), configuration),
        limit,
    )
}

#[test]
fn connections_leave_the_stores_their_files() {
    let configuration = Configuration::default();
    let contexts = shop()[0].contexts().len();
    for limit in [128, 256, 1024, 4096] {
        let (connections, _) = all_within(limit, &configuration);
        let taken = connections + Connections::standing(connections);
        let stores = contexts * OF_SQLITE + readers(limit) * OF_READER;
        assert!(
            taken + stores + OF_PROCESS <= limit,
            "{limit}: {connections}"
        );
        assert!(connections > FEWEST, "{limit}: {connections}");
    }
}

#[test]
fn there_are_never_more_than_wanted_and_one_address_gets_half() {
    let mut configuration = Configuration::default();
    assert_eq!(
        all_within(usize::MAX, &configuration),
        (MOST_CONNECTIONS, MOST_CONNECTIONS / 2)
    );
    configuration.connections = Some(11);
    assert_eq!(all_within(usize::MAX, &configuration), (11, 6));
    configuration.connections_per_peer = Some(20);
    assert_eq!(all_within(usize::MAX, &configuration), (11, 11));
    configuration.connections_per_peer = Some(3);
    assert_eq!(all_within(usize::MAX, &configuration), (11, 3));
}

#[test]
fn who_hands_requests_on_needs_two_connections_for_each() {
    let configuration = Configuration::default();
    let (gateway, _) = of(&configuration, Needs::of_gateway(), 1024);
    assert!(2 * gateway < 1024, "{gateway}");
    assert!(gateway > 400, "{gateway}");
}

#[test]
fn with_hardly_any_files_a_few_are_served_all_the_same() {
    assert_eq!(all_within(10, &Configuration::default()).0, FEWEST);
}
