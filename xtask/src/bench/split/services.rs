//! The fruit shop, one process a context.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::super::client::Client;
use super::super::server::{Running, free_port};
use super::servers::Servers;
use super::until;
use super::work::Work;

const CONTEXTS: [&str; 4] = ["order", "payment", "delivery", "mypage"];
const GATEWAY: &str = "gateway";

const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) process: Running,
    pub(super) port: u16,
    log: PathBuf,
}

pub(super) struct Shop {
    pub(super) services: Vec<Service>,
}

impl Shop {
    /// Starts all of it, and returns when each has its share of the topic, and an order was taken.
    pub(super) fn start(programs: &Path, folder: &Path, servers: &Servers) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut ports = Vec::new();
        for _ in 0..=CONTEXTS.len() {
            ports.push(free_port()?);
        }
        let config = folder.join("jumun.toml");
        fs::write(&config, configuration(&ports, servers))?;
        let mut services = Vec::new();
        for (name, port) in CONTEXTS.into_iter().chain([GATEWAY]).zip(ports) {
            let log = folder.join(format!("{name}.log"));
            let mut command = Command::new(programs.join("jumun"));
            match name {
                GATEWAY => command.args(["gateway", "fruitstore"]),
                context => command.args(["serve", "fruitstore", context]),
            };
            let process = command
                .args(["--port", &port.to_string()])
                .arg("--config")
                .arg(&config)
                .arg("--data")
                .arg(folder.join("data"))
                .stdin(Stdio::null())
                .stdout(File::create(&log)?)
                .stderr(File::options().append(true).open(&log)?)
                .spawn()
                .with_context(|| format!("{name} cannot be started"))?;
            let process = Running(process);
            services.push(Service {
                name,
                process,
                port,
                log,
            });
        }
        let mut shop = Self { services };
        for service in &mut shop.services {
            service.until_ready()?;
        }
        let mut client = Client::new(shop.door()?.port);
        until("the first order", LOOK, || {
            Ok(client.place().ok().filter(|answer| answer.status == 201))
        })?;
        let mut client = Client::new(shop.service("mypage")?.port);
        // Ordered, paid, delivered: then all of them are at work.
        until("the first delivery", LOOK, || {
            Ok((Work::of(&mut client, "mypage")?.received >= 3).then_some(()))
        })?;
        Ok(shop)
    }

    pub(super) fn service(&self, name: &str) -> anyhow::Result<&Service> {
        let found = self.services.iter().find(|service| service.name == name);
        found.with_context(|| format!("{name} does not run"))
    }

    pub(super) fn door(&self) -> anyhow::Result<&Service> {
        self.service(GATEWAY)
    }

    /// Processor time that its processes have used so far.
    pub(super) fn processor_time(&self) -> anyhow::Result<Duration> {
        let each = self.services.iter();
        each.map(|service| service.process.processor_time()).sum()
    }

    /// Stops all others.
    pub(super) fn only(&mut self, names: &[&str]) -> anyhow::Result<()> {
        let all = std::mem::take(&mut self.services);
        let (stay, go) = all
            .into_iter()
            .partition(|service| names.contains(&service.name));
        self.services = stay;
        Self { services: go }.stop()
    }

    /// Asks them to stop, and waits until they have.
    pub(super) fn stop(self) -> anyhow::Result<()> {
        for service in &self.services {
            let id = service.process.0.id().to_string();
            Command::new("kill").args(["-TERM", &id]).status()?;
        }
        for mut service in self.services {
            until(service.name, LOOK, || Ok(service.process.0.try_wait()?))?;
        }
        Ok(())
    }
}

impl Service {
    fn until_ready(&mut self) -> anyhow::Result<()> {
        let mut client = Client::new(self.port);
        until(&format!("{} to be ready", self.name), LOOK, || {
            if let Some(status) = self.process.0.try_wait()? {
                let said = fs::read_to_string(&self.log).unwrap_or_default();
                bail!("{} ended ({status}); it said:\n{said}", self.name);
            }
            let answer = client.get("/actuator/health/readiness").ok();
            Ok(answer.filter(|answer| answer.status == 200))
        })?;
        Ok(())
    }
}

fn configuration(ports: &[u16], servers: &Servers) -> String {
    let mut text = format!(
        "context_ports = false\nstore = \"{}\"\n\n[kafka]\nbrokers = \"{}\"\n",
        servers.postgres.url(),
        servers.kafka.bootstrap()
    );
    for (context, port) in CONTEXTS.iter().zip(ports) {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n[systems.fruitstore.{context}]\naddress = \"http://127.0.0.1:{port}\"\n"
        );
    }
    text
}
