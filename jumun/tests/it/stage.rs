//! A system on a stage: the real binary, with a folder and a port of its own.

mod apart;
mod cluster;
mod door;
mod process;
mod provider;
mod ran;
mod settling;
mod setup;
mod shape;
mod site;
mod tap;
mod typed;

use std::ops::{Deref, DerefMut};

use jumun::systems::{OURS, Systems};

pub(crate) use apart::Apart;
pub(crate) use cluster::{Cluster, GATEWAY, Replica, Servers, Size};
pub(crate) use door::{Door, id_of};
use process::Starting;
pub(crate) use process::{Following, Process};
pub(crate) use provider::{Does, Provider};
pub(crate) use ran::Ran;
pub(crate) use setup::{Setup, TOKEN, jumun};
pub(crate) use shape::Shape;
pub(crate) use site::Site;
pub(crate) use tap::Tap;
pub(crate) use typed::Siege;

#[cfg(test)]
mod tests;

/// The systems that the binary carries.
pub(crate) fn systems() -> Systems<'static> {
    Systems::new(OURS)
}

/// `jumun up`: a system, or all of them, which runs or does not; in one process unless its
/// [`Shape`] says otherwise.
///
/// What can be asked over HTTP is in [`Door`], what can be done with its folder in [`Site`].
pub(crate) struct Stage {
    // Before the site, so that it ends before its data goes.
    process: Option<Process>,
    site: Site,
}

impl Stage {
    /// One system, as a new user would start it.
    pub(crate) fn of(system: &'static str) -> Self {
        Setup::of(system).start()
    }

    pub(super) fn set_up(setup: Setup) -> Self {
        let mut stage = Self {
            process: None,
            site: Site::new(setup),
        };
        stage.restart();
        stage
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }

    fn gone(&mut self) -> Process {
        self.site.closed();
        self.process.take().expect("it runs")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process().pid()
    }

    /// What the process has said since it was last started.
    pub(crate) fn said(&self) -> String {
        self.process().said()
    }

    /// A system's door where all of them run in this one process.
    pub(crate) fn under(&self, system: &str) -> Door {
        Door::under(self.address(), system)
    }

    /// SIGKILL: no time for anything.
    pub(crate) fn kill(&mut self) {
        self.gone().kill();
    }

    /// SIGTERM; it must end in time, with exit code 0. What it said.
    pub(crate) fn terminate(&mut self) -> String {
        self.ask_to_stop();
        self.stopped()
    }

    /// SIGTERM, and no waiting.
    pub(crate) fn ask_to_stop(&self) {
        self.process().signal("TERM");
    }

    /// SIGINT, as Ctrl-C sends it.
    pub(crate) fn interrupt(&self) {
        self.process().signal("INT");
    }

    /// Waits for the end after [`Stage::ask_to_stop`].
    pub(crate) fn stopped(&mut self) -> String {
        self.gone().ends_well()
    }

    /// Waits for an end that is none of the good ones: exit code 1. What it said.
    pub(crate) fn ends_badly(&mut self) -> String {
        self.gone().ends_with(1)
    }

    /// Starts it on the same folder again.
    pub(crate) fn restart(&mut self) {
        self.try_restart().unwrap_or_else(|said| panic!("{said}"));
    }

    /// As [`Stage::restart`]; if it ends at once: what it said.
    pub(crate) fn try_restart(&mut self) -> Result<(), String> {
        assert!(self.process.is_none(), "it still runs");
        let process = Process::start(&mut self.site.setup.up(self.site.folder()))?;
        self.site.open_at(process.address);
        self.process = Some(process);
        Ok(())
    }

    /// Starts it, and kills it after `moment`, whether it has opened its door by then or not.
    pub(crate) fn start_and_kill(&mut self, moment: impl FnOnce()) {
        assert!(self.process.is_none(), "it still runs");
        let starting = Starting::of(&mut self.site.setup.up(self.site.folder()));
        moment();
        drop(starting);
    }

    /// From now on it is started like this.
    pub(crate) fn set_up_as(&mut self, setup: Setup) {
        self.site.setup = setup;
    }

    /// Waits until every event has been taken in by all who listen, and none is held back.
    #[track_caller]
    pub(crate) fn settle(&self) {
        let doors: Vec<Door> = match self.site.setup.system {
            Some(_) => vec![Door::clone(self)],
            None => systems()
                .all()
                .iter()
                .map(|system| self.under(system.name()))
                .collect(),
        };
        settling::settle(|| doors.iter().map(settling::Look::at).sum());
    }
}

impl Deref for Stage {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Site {
        &mut self.site
    }
}
