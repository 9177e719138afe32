//! Scaling out and in: replicas join a context under load, and leave it again.

use std::time::{Duration, Instant};

use super::{Trial, announce, answers, in_line, open, seed, under_load, wait_for_answers};
use crate::stage::{Cluster, Replica, Servers, Setup, Size};
use crate::waiting::within;

const PATIENCE: Duration = Duration::from_secs(60);
/// Nobody has died: whoever comes or goes says so, and is not waited for.
const SECONDS: Duration = Duration::from_secs(20);
const SIZE: Size = Size {
    replicas: 1,
    room: 3,
    session: Duration::from_secs(4),
};

/// One replica of each context runs. To this context come a second one and a third, under load; then
/// the first two leave. Each is given its share at once, no request is lost, and nothing is done
/// twice.
pub(crate) fn scale_out_and_in<T: Trial>(context: &'static str) {
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    announce::<T>(seed, &format!("replicas of {context} come and go"));
    // A busy machine is no reason to refuse orders here.
    let setup = T::setup(Setup::of(T::SYSTEM)).set("asks.deadline", "10s");
    let Some(servers) = Servers::shared() else {
        return;
    };
    let mut cluster = setup.start_cluster(SIZE, servers);
    let town = open::<T, _>(&cluster, cluster.gateways(), Cluster::settle);
    under_load::<T>(&town, &mut random, |random| {
        for number in 1..3 {
            wait_for_answers(&town, PATIENCE, answers(20..100, random), random);
            let replica = Replica(context, number);
            cluster.start(replica);
            shares_out(&cluster, context);
            takes_part(&cluster, replica);
        }
        for number in 0..2 {
            wait_for_answers(&town, PATIENCE, answers(20..100, random), random);
            cluster.terminate(Replica(context, number));
            shares_out(&cluster, context);
        }
        wait_for_answers(&town, PATIENCE, answers(20..100, random), random);
        takes_part(&cluster, Replica(context, 2));
    });
    assert_eq!(town.counts.lost(), 0, "{}", town.counts);
    cluster.settle();
    in_line::<T>(&cluster, &town, PATIENCE, seed);
    cluster.has_no_dead_letters();
}

fn shares_out(cluster: &Cluster, context: &'static str) {
    let began = Instant::now();
    cluster.shares_out(context, SECONDS);
    println!("{context} shares out anew after {:.1?}", began.elapsed());
}

/// Events are taken in by this very replica.
fn takes_part(cluster: &Cluster, replica: Replica) {
    let taken_in = || {
        let door = cluster.door(replica);
        door.metric("jumun_received_events_total", &[])
    };
    let before = taken_in();
    within(PATIENCE, &format!("events for {replica}"), || {
        let now = taken_in();
        if now > before {
            Ok(())
        } else {
            Err(format!("{now}"))
        }
    });
}
