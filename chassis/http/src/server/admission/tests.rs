use super::*;

const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

/// Longer than who waits may keep its seat, and than the interval between scans.
async fn a_while() {
    tokio::time::sleep(YIELDS_AFTER + SCAN_INTERVAL).await;
}

/// It has a request that is worked on.
fn is_served(place: &Place) {
    assert!(place.activity().ours());
}

#[tokio::test(start_paused = true)]
async fn there_are_as_many_seats_as_there_may_be_connections_and_they_are_free_again() {
    let connections = Connections::new(2, 2);
    let first = connections.admit(LOCAL).unwrap();
    let second = connections.admit(LOCAL).unwrap();
    let third = connections.admit(LOCAL).unwrap();
    assert!(first.is_seated() && second.is_seated() && !third.is_seated());
    drop(first);
    assert!(connections.admit(LOCAL).unwrap().is_seated());
}

#[tokio::test(start_paused = true)]
async fn whoever_has_kept_the_server_waiting_longest_gives_way_and_nobody_who_is_served() {
    let connections = Connections::new(3, 3);
    let served = connections.admit(LOCAL).unwrap();
    let silent = connections.admit(LOCAL).unwrap();
    is_served(&served);
    tokio::time::sleep(YIELDS_AFTER / 2).await;
    let later = connections.admit(LOCAL).unwrap();
    let newcomer = connections.admit(LOCAL).unwrap();
    assert!(!newcomer.is_seated(), "nobody has waited long enough");
    tokio::time::sleep(YIELDS_AFTER / 2 + SCAN_INTERVAL).await;
    let newcomer = connections.admit(LOCAL).unwrap();
    assert!(newcomer.is_seated());
    assert!(!silent.activity().ours(), "it was cut");
    assert!(served.activity().ours() && later.activity().ours());
}

#[tokio::test(start_paused = true)]
async fn one_address_gets_its_share_and_no_more() {
    let connections = Connections::new(10, 2);
    let held: Vec<Place> = (0..4).filter_map(|_| connections.admit(LOCAL)).collect();
    let seated = held.iter().filter(|place| place.is_seated()).count();
    assert_eq!(seated, 2);
    assert!(connections.admit(OTHER).unwrap().is_seated());
    let other = connections.admit(OTHER).unwrap();
    a_while().await;
    assert!(
        connections.admit(LOCAL).unwrap().is_seated(),
        "one of its own gives way"
    );
    assert!(other.activity().ours(), "and nobody else's");
}

#[test]
fn one_client_s_ipv6_addresses_are_counted_together_and_mapped_ones_as_what_they_are() {
    let counted = |address: &str| counted_as(address.parse().unwrap());
    assert_eq!(counted("2001:db8::1"), counted("2001:db8::ffff:1"));
    assert_ne!(counted("2001:db8::1"), counted("2001:db8:0:1::1"));
    assert_eq!(counted("::ffff:127.0.0.1"), LOCAL);
    assert_ne!(counted("10.0.0.1"), counted("10.0.0.2"));
}

#[tokio::test(start_paused = true)]
async fn who_stands_gets_the_seat_of_a_client_that_keeps_the_server_waiting() {
    let connections = Connections::new(1, 1);
    let silent = connections.admit(LOCAL).unwrap();
    let newcomer = connections.admit(LOCAL).unwrap();
    is_served(&newcomer);
    assert!(newcomer.takes_seat().await);
    assert!(newcomer.is_seated());
    assert!(!silent.activity().ours());
}

#[tokio::test(start_paused = true)]
async fn who_stands_does_not_wait_for_ever() {
    let connections = Connections::new(1, 1);
    let served = connections.admit(LOCAL).unwrap();
    is_served(&served);
    let newcomer = connections.admit(LOCAL).unwrap();
    let began = Instant::now();
    assert!(!newcomer.takes_seat().await);
    assert!(began.elapsed() < SEAT_TIMEOUT * 2);
}

#[tokio::test(start_paused = true)]
async fn who_stands_and_says_nothing_gives_way_at_once() {
    let connections = Connections::new(1, 1);
    let served = connections.admit(LOCAL).unwrap();
    is_served(&served);
    let standing: Vec<Place> = (0..100).filter_map(|_| connections.admit(LOCAL)).collect();
    assert_eq!(standing.len(), 100);
    let alive = standing.iter().filter(|place| place.activity().ours());
    assert_eq!(alive.count(), Connections::standing(1));
    assert!(
        connections.admit(LOCAL).is_none(),
        "all who stand are being served now"
    );
    assert!(served.activity().ours());
}

#[tokio::test(start_paused = true)]
async fn half_of_those_who_stand_may_take_time_so_that_probes_find_room() {
    let connections = Connections::new(1, 1);
    let place = connections.admit(LOCAL).unwrap();
    let mut waiting = Vec::new();
    while let Some(permit) = place.may_wait() {
        waiting.push(permit);
    }
    assert_eq!(waiting.len(), Connections::standing(1) / 2);
}
