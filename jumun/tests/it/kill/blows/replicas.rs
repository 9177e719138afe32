//! Blows to replicas of contexts and of the gateway.

use std::thread::sleep;
use std::time::Duration;

use fastrand::Rng;

use super::{Battered, REPLICAS};
use crate::kill::victim::{moment, while_it_starts};
use crate::stage::{Cluster, GATEWAY, Replica};

impl Battered {
    /// Of a context.
    fn any_replica(&self, random: &mut Rng) -> Replica {
        let context = self.any_context(random);
        let replicas = self.cluster.replicas_of(context);
        *random.choice(&replicas).expect("some run")
    }

    fn any_context(&self, random: &mut Rng) -> &'static str {
        let contexts = self.cluster.contexts();
        random.choice(&contexts).expect("it has some")
    }

    /// Of a context, or a gateway.
    fn anybody(&self, random: &mut Rng) -> Replica {
        let replicas = self.cluster.replicas();
        *random.choice(&replicas).expect("some run")
    }

    /// A replica is away for a while: others do its work, or have not noticed yet.
    fn is_missed(&self, random: &mut Rng) {
        let most = if random.bool() {
            self.pace.session * 2
        } else {
            self.pace.session / 8
        };
        sleep(moment(random, most));
    }

    pub(super) fn kill(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        self.says(format_args!("SIGKILL to {replica}"));
        self.cluster.kill(replica);
        while_it_starts(random, |moment| {
            self.cluster.start_and_kill(replica, || sleep(moment * 5));
        });
        self.is_missed(random);
        self.cluster.start(replica);
    }

    pub(super) fn kill_context(&mut self, random: &mut Rng) {
        let context = self.any_context(random);
        self.kill_all_of(context, random);
    }

    pub(super) fn kill_gateway(&mut self, random: &mut Rng) {
        if random.u8(0..3) == 0 {
            return self.kill_all_of(GATEWAY, random);
        }
        let gateway = Replica(GATEWAY, random.usize(0..REPLICAS));
        self.says(format_args!("SIGKILL to {gateway}"));
        self.cluster.kill(gateway);
        sleep(moment(random, Duration::from_secs(1)));
        self.cluster.start(gateway);
    }

    fn kill_all_of(&mut self, name: &'static str, random: &mut Rng) {
        self.says(format_args!("SIGKILL to all of {name}"));
        let all = self.cluster.replicas_of(name);
        for replica in &all {
            self.cluster.kill(*replica);
        }
        sleep(moment(random, Duration::from_millis(500)));
        self.cluster.start_all(&all);
    }

    pub(super) fn freeze(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        self.says(format_args!("SIGSTOP to {replica}"));
        self.cluster.freeze(replica);
        let session = self.pace.session;
        sleep(session + Duration::from_secs(1) + moment(random, session / 2));
        self.says(format_args!("{replica} goes on"));
        self.cluster.thaw(replica);
    }

    pub(super) fn strand(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        let other = Replica(replica.0, (replica.1 + 1) % REPLICAS);
        let session = self.pace.session;
        self.says(format_args!("SIGSTOP to {replica}, SIGKILL to {other}"));
        self.cluster.freeze(replica);
        self.cluster.kill(other);
        sleep(moment(random, session));
        self.cluster.start(other);
        sleep(moment(random, session * 2));
        self.says(format_args!("{replica} goes on"));
        self.cluster.thaw(replica);
    }

    pub(super) fn rebuild(&mut self, random: &mut Rng) {
        let all = self.cluster.read_models();
        let (context, view) = random.choice(&all).expect("it has some");
        let begin =
            |cluster: &Cluster| cluster.begin(&["rebuild", cluster.system(), context, view]);
        let replica = Replica(context, random.usize(0..REPLICAS));
        let first = begin(&self.cluster);
        sleep(moment(random, Duration::from_millis(300)));
        let second;
        if random.bool() {
            self.says(format_args!("SIGKILL to {replica} while {view} is rebuilt"));
            self.cluster.kill(replica);
            second = begin(&self.cluster);
            self.cluster.start(replica);
        } else {
            self.says(format_args!("SIGSTOP to {replica} while {view} is rebuilt"));
            self.cluster.freeze(replica);
            second = begin(&self.cluster);
            sleep(moment(random, self.pace.session * 2));
            self.cluster.thaw(replica);
        }
        sleep(moment(random, Duration::from_secs(1)));
        drop((first, second));
    }

    pub(super) fn stall(&mut self, random: &mut Rng) {
        let replica = self.anybody(random);
        self.says(format_args!("SIGSTOP to {replica} for a moment"));
        self.cluster.freeze(replica);
        sleep(moment(random, self.pace.session));
        self.cluster.thaw(replica);
    }

    pub(super) fn leave(&mut self, random: &mut Rng) {
        let replica = self.anybody(random);
        self.says(format_args!("SIGTERM to {replica}"));
        self.cluster.terminate(replica);
        self.is_missed(random);
        self.cluster.start(replica);
    }
}
