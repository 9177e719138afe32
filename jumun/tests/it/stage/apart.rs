//! A system taken apart: each context a process of its own, behind one door.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::ops::Deref;
use std::process::Command;

use storm::{Context, System};

use super::process::Starting;
use super::{Door, Process, Setup, Site, Tap, jumun, settling};
use crate::waiting::eventually;

/// A system whose contexts run as `jumun serve` each, and are asked through `jumun gateway`, or
/// [directly](Apart::context).
pub(crate) struct Apart {
    // Before the site, so that they end before their data goes.
    running: BTreeMap<&'static str, Process>,
    _gateway: Process,
    /// Contexts that were started once, and so have a log.
    known: BTreeSet<&'static str>,
    ports: BTreeMap<&'static str, u16>,
    taps: BTreeMap<&'static str, Tap>,
    system: System,
    site: Site,
}

impl Apart {
    /// All its contexts.
    pub(crate) fn of(system: &'static str) -> Self {
        Setup::of(system).start_apart()
    }

    /// All but these, which can be [started](Apart::start) later.
    pub(crate) fn without(system: &'static str, absent: &[&str]) -> Self {
        Setup::of(system).start_apart_without(absent)
    }

    pub(super) fn set_up(setup: &Setup, absent: &[&str]) -> Self {
        // Nobody starts a context again but the test.
        let setup = &setup.clone().unless_set("upstream_wait", "0s");
        // Somebody else may take a port between the choice and the start: then others are tried.
        eventually("a port for each process", || {
            let tried = Self::try_set_up(setup.clone(), absent);
            tried.map_err(|said| {
                assert!(said.contains("is in use"), "{said}");
                said
            })
        })
    }

    fn try_set_up(setup: Setup, absent: &[&str]) -> Result<Self, String> {
        let name = setup.system.expect("it is of one system");
        let system = crate::stage::systems().find(name).expect("declared");
        let mut names: Vec<&'static str> = system.contexts().iter().map(Context::name).collect();
        for context in absent {
            assert!(names.contains(context), "{name} has no {context}");
        }
        // They ask each other, so every port is known before the first one starts.
        let ports = free_ports(names.len());
        let ports: BTreeMap<&str, u16> = names.iter().copied().zip(ports).collect();
        let tapped = setup.tapped.iter();
        let taps: BTreeMap<&str, Tap> = tapped
            .map(|context| (*context, Tap::before(local(ports[context]))))
            .collect();
        let setup = ports.iter().fold(setup, |setup, (context, port)| {
            let address = taps.get(context).map_or(local(*port), Tap::address);
            let address = format!("http://{address}");
            setup
                .set_in(context, "port", &port.to_string())
                .set_in(context, "address", &address)
        });
        let mut site = Site::new(setup);
        names.retain(|name| !absent.contains(name));
        let starting: Vec<_> = names
            .iter()
            .map(|context| (*context, Starting::of(&mut serve(&site, context))))
            .collect();
        let mut gateway = jumun(&site.setup, site.folder());
        gateway
            .args(["gateway", name, "--port", "0"])
            .args(&site.setup.flags);
        let gateway = Process::start(&mut gateway);
        let running = starting
            .into_iter()
            .map(|(context, process)| Ok((context, process.serving()?)))
            .collect::<Result<_, String>>()?;
        let gateway = gateway?;
        site.open_at(gateway.address);
        Ok(Self {
            running,
            _gateway: gateway,
            known: names.into_iter().collect(),
            ports,
            taps,
            system,
            site,
        })
    }

    /// The name as the system's declaration has it.
    #[track_caller]
    fn name(&self, context: &str) -> &'static str {
        let name = self.ports.keys().find(|name| **name == context);
        name.unwrap_or_else(|| panic!("{} has no {context}", self.system.name()))
    }

    #[track_caller]
    fn process(&self, context: &str) -> &Process {
        let process = self.running.get(context);
        process.unwrap_or_else(|| panic!("{context} does not run"))
    }

    #[track_caller]
    fn gone(&mut self, context: &str) -> Process {
        let process = self.running.remove(context);
        process.unwrap_or_else(|| panic!("{context} does not run"))
    }

    /// The names of all contexts, running or not.
    pub(crate) fn contexts(&self) -> Vec<&'static str> {
        self.ports.keys().copied().collect()
    }

    /// A context's own door, which the gateway leads to.
    #[track_caller]
    pub(crate) fn context(&self, context: &str) -> Door {
        Door::at(local(self.ports[self.name(context)]))
    }

    /// What stands between a context and those who ask it, where it is [tapped](Setup::tapped).
    #[track_caller]
    pub(crate) fn tap(&self, context: &str) -> &Tap {
        let tap = self.taps.get(context);
        tap.unwrap_or_else(|| panic!("{context} is not tapped"))
    }

    /// SIGKILL: no time for anything.
    #[track_caller]
    pub(crate) fn kill(&mut self, context: &str) {
        self.gone(context).kill();
    }

    /// SIGTERM; it must end in time, with exit code 0.
    #[track_caller]
    pub(crate) fn terminate(&mut self, context: &str) {
        let mut process = self.gone(context);
        process.signal("TERM");
        process.ends_well();
    }

    /// Waits for a context that was told to die by its faults: with the exit code of one that was
    /// killed.
    #[track_caller]
    pub(crate) fn died(&mut self, context: &str) {
        self.gone(context).ends_with(137);
    }

    /// Starts a context that does not run, on its own port and with the data that it has.
    #[track_caller]
    pub(crate) fn start(&mut self, context: &str) {
        let name = self.name(context);
        assert!(!self.running.contains_key(name), "{context} still runs");
        let process = eventually(&format!("{context} on its port"), || {
            let started = Process::start(&mut serve(&self.site, name));
            started.map_err(|said| {
                assert!(said.contains("is in use"), "{said}");
                said
            })
        });
        self.running.insert(name, process);
        self.known.insert(name);
    }

    /// Starts a context, and kills it after `moment`, whether it has opened its door by then or not.
    #[track_caller]
    pub(crate) fn start_and_kill(&mut self, context: &str, moment: impl FnOnce()) {
        assert!(!self.running.contains_key(context), "{context} still runs");
        let starting = Starting::of(&mut serve(&self.site, self.name(context)));
        moment();
        drop(starting);
    }

    /// SIGSTOP: it is there, and does nothing, until [`Apart::thaw`].
    #[track_caller]
    pub(crate) fn freeze(&self, context: &str) {
        self.process(context).freeze();
    }

    #[track_caller]
    pub(crate) fn thaw(&self, context: &str) {
        self.process(context).thaw();
    }

    /// What a context's process has said since it was last started.
    #[track_caller]
    pub(crate) fn said(&self, context: &str) -> String {
        self.process(context).said()
    }

    /// Waits until every event has been taken in by all who listen and run, and none is held back.
    /// Nobody may be frozen.
    #[track_caller]
    pub(crate) fn settle(&self) {
        let listening: Vec<(Door, BTreeSet<&str>)> = self
            .system
            .contexts()
            .iter()
            .filter(|context| self.running.contains_key(context.name()))
            .map(|context| {
                let producers = self.system.producers_for(context).into_iter();
                let heard = producers.filter(|producer| self.known.contains(producer));
                (self.context(context.name()), heard.collect())
            })
            .collect();
        settling::settle(|| {
            let looks = listening.iter();
            looks
                .map(|(door, heard)| settling::Look::at_one(door, heard))
                .sum()
        });
    }
}

impl Deref for Apart {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

fn serve(site: &Site, context: &str) -> Command {
    let mut command = jumun(&site.setup, site.folder());
    command
        .args(["serve", site.system(), context])
        .args(&site.setup.flags);
    command
}

pub(super) fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// Different ports that are free at this moment.
pub(super) fn free_ports(how_many: usize) -> Vec<u16> {
    let listeners: Vec<_> = (0..how_many)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"))
        .collect();
    let port = |listener: &TcpListener| listener.local_addr().expect("its port").port();
    listeners.iter().map(port).collect()
}
