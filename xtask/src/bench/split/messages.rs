//! Messages a second: a command in one context, to its effect in another, committed on both sides.
//!
//! What enters is what the original payment service would publish, `PaymentApproved`, straight onto
//! the topic. For delivery that is a command (start), which it commits with the event that follows;
//! its relay carries that to the topic; mypage commits what it hears, of both. No HTTP is in it.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::super::client::Client;
use super::super::report::{Report, grouped, rate, spread};
use super::super::shop::kept;
use super::super::{Flags, note};
use super::servers::{Servers, Spent};
use super::services::Shop;
use super::twin::{Place, Told};
use super::until;
use super::work::Work;

/// Numbers that no order has.
const FIRST: u64 = 1_000_000_000;
const WARM_UP: u64 = 2_000;
const AT_REST: u64 = 100;
/// While a round is on.
const LOOK: Duration = Duration::from_millis(50);
/// Shorter than what is measured.
const GLANCE: Duration = Duration::from_micros(200);
/// How long the twin waits to fill a commit: as jumun does at most.
const WAITS: [&str; 2] = ["5", "100"];
const STARTED: &str = "배송시작";

#[derive(Clone, Copy, Default)]
struct Round {
    per_second: f64,
    /// The first context's, and the second's.
    work: [Work; 2],
    own: Duration,
    servers: Spent,
}

/// What the load is sent to.
trait Side {
    fn name(&self) -> &'static str;
    fn load(&mut self) -> &mut Told;
    /// What the two have done so far.
    fn work(&mut self) -> anyhow::Result<[Work; 2]>;
    /// How many effects the database has.
    fn kept(&mut self) -> anyhow::Result<u64>;
    /// Whether the effect of this message can be seen.
    fn shows(&mut self, id: u64) -> anyhow::Result<bool>;
    fn processor_time(&self) -> anyhow::Result<Duration>;
}

struct Jumun<'a> {
    shop: &'a Shop,
    load: Told,
    delivery: Client,
    mypage: Client,
}

struct Twin {
    load: Told,
    deliver: Told,
    show: Told,
}

pub(super) fn measure(
    flags: &Flags,
    programs: &Path,
    shop: &Shop,
    servers: &Servers,
    report: &mut Report,
) -> anyhow::Result<()> {
    let brokers = servers.kafka.bootstrap();
    let place = |topic| Place {
        programs,
        brokers,
        topic,
    };
    let mut jumun = Jumun {
        shop,
        load: place("fruitsorenew").start("load", &[])?,
        delivery: Client::new(shop.service("delivery")?.port),
        mypage: Client::new(shop.service("mypage")?.port),
    };
    let database = servers.postgres.database();
    let mut twin = Twin::start(place("twin"), database.url())?;

    let mut next = FIRST;
    let mut send = |side: &mut dyn Side, count: u64| {
        let first = next;
        next += count;
        round(side, first, count)
    };
    note("messages: warming up");
    for _ in 0..2 {
        let warm = send(&mut jumun, WARM_UP)?;
        twin.carry_as(&warm, WARM_UP)?;
        send(&mut twin, WARM_UP)?;
    }
    let (mut ours, mut twins) = (Vec::new(), Vec::new());
    for number in 1..=flags.rounds {
        note(&format!("messages, round {number}"));
        let round = send(&mut jumun, flags.messages)?;
        twin.carry_as(&round, flags.messages)?;
        ours.push(round);
        twins.push(send(&mut twin, flags.messages)?);
    }
    tell(flags, &ours, &twins, report);
    note("messages: from the record to the effect");
    let rows = [
        latency(&mut jumun, FIRST * 2)?,
        latency(&mut twin, FIRST * 2)?,
    ];
    let head = ["", "messages", "p50 ms", "p90 ms", "p99 ms", "max ms"];
    report.table(
        "From the record sent to the effect seen, at rest",
        &head,
        &rows,
    );
    Ok(())
}

/// Sends so many messages, and waits until all their effects are committed.
fn round(side: &mut dyn Side, first: u64, count: u64) -> anyhow::Result<Round> {
    let (before, kept) = (side.work()?, side.kept()?);
    let (own, servers) = (side.processor_time()?, Servers::spent()?);
    let begun = Instant::now();
    side.load().begin(&format!("send {first} {count}"))?;
    let name = side.name();
    // The second hears what entered, and what the first told.
    let (after, _) = until(&format!("{name}: the effects"), LOOK, || {
        let after = side.work()?;
        Ok((after[1].received >= before[1].received + 2 * count).then_some(after))
    })?;
    let took = begun.elapsed();
    let said = side.load().answer()?;
    ensure!(said.starts_with("sent "), "the load said {said}");
    let work = [0, 1].map(|context| after[context].since(before[context]));
    ensure!(
        work[0].received == count && work[1].received == 2 * count,
        "{name}: {count} messages, and the first took in {}, the second {}",
        work[0].received,
        work[1].received
    );
    let kept = side.kept()?.saturating_sub(kept);
    ensure!(
        kept == count,
        "{name}: {count} messages, and {kept} effects were kept"
    );
    Ok(Round {
        per_second: count as f64 / took.as_secs_f64(),
        work,
        own: side.processor_time()?.saturating_sub(own),
        servers: Servers::spent()?.since(servers),
    })
}

/// One message at a time.
fn latency(side: &mut dyn Side, first: u64) -> anyhow::Result<Vec<String>> {
    let mut seen = Vec::new();
    for id in first..first + AT_REST {
        let begun = Instant::now();
        side.load().begin(&format!("send {id} 1"))?;
        until("the effect", GLANCE, || Ok(side.shows(id)?.then_some(())))?;
        seen.push(begun.elapsed());
        side.load().answer()?;
        // Let it fall asleep again, and not always at the same moment.
        thread::sleep(Duration::from_millis(20 + id % 17));
    }
    let name = side.name().to_owned();
    Ok([name].into_iter().chain(spread(seen)).collect())
}

impl Side for Jumun<'_> {
    fn name(&self) -> &'static str {
        "jumun"
    }

    fn load(&mut self) -> &mut Told {
        &mut self.load
    }

    fn work(&mut self) -> anyhow::Result<[Work; 2]> {
        Ok([
            Work::of(&mut self.delivery, "delivery")?,
            Work::of(&mut self.mypage, "mypage")?,
        ])
    }

    fn kept(&mut self) -> anyhow::Result<u64> {
        kept(&mut self.mypage, "/myPages")
    }

    fn shows(&mut self, id: u64) -> anyhow::Result<bool> {
        let path = format!("/myPages/search/findByOrderId?orderId={id}");
        Ok(self.mypage.get(&path)?.body.contains(STARTED))
    }

    fn processor_time(&self) -> anyhow::Result<Duration> {
        self.shop.processor_time()
    }
}

impl Twin {
    fn start(place: Place<'_>, database: &str) -> anyhow::Result<Self> {
        place.make_topic()?;
        let with = |wait| ["--postgres", database, "--wait", wait];
        Ok(Self {
            load: place.start("load", &[])?,
            deliver: place.start("deliver", &with(WAITS[0]))?,
            show: place.start("show", &with(WAITS[1]))?,
        })
    }

    /// From now on its commits carry as much as these did.
    fn carry_as(&mut self, round: &Round, count: u64) -> anyhow::Result<()> {
        let [first, second] = round
            .work
            .map(|work| work.received.max(count) / work.commits.max(1));
        for (service, batch) in [(&mut self.deliver, first), (&mut self.show, second)] {
            let said = service.ask(&format!("batch {}", batch.max(1)))?;
            ensure!(said == "ok", "the twin said {said}");
        }
        Ok(())
    }
}

impl Side for Twin {
    fn name(&self) -> &'static str {
        "twin"
    }

    fn load(&mut self) -> &mut Told {
        &mut self.load
    }

    fn work(&mut self) -> anyhow::Result<[Work; 2]> {
        Ok([self.deliver.done()?, self.show.done()?])
    }

    fn kept(&mut self) -> anyhow::Result<u64> {
        Ok(self.show.ask("kept")?.parse()?)
    }

    fn shows(&mut self, id: u64) -> anyhow::Result<bool> {
        Ok(self.show.ask(&format!("has {id}"))? == "yes")
    }

    fn processor_time(&self) -> anyhow::Result<Duration> {
        Ok(self.deliver.process.processor_time()? + self.show.process.processor_time()?)
    }
}

fn tell(flags: &Flags, ours: &[Round], twins: &[Round], report: &mut Report) {
    let ratios: Vec<f64> = ours
        .iter()
        .zip(twins)
        .map(|(ours, twin)| ours.per_second / twin.per_second)
        .collect();
    let worst = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let best = ratios.iter().copied().fold(0.0, f64::max);
    let (of_ours, of_twin) = (speed(ours), speed(twins));
    let row = vec![
        grouped(flags.messages),
        rate(of_twin),
        rate(of_ours),
        format!("**{:.2}** ({worst:.2}…{best:.2})", of_ours / of_twin),
    ];
    let head = [
        "messages a round",
        "twin, a second",
        "jumun, a second",
        "ratio of medians (worst…best round)",
    ];
    report.table("Durable messages, end to end", &head, &[row]);

    let rows = [
        cost("jumun", flags.messages, ours),
        cost("twin", flags.messages, twins),
    ];
    let head = [
        "",
        "produced",
        "consumed, first + second",
        "taken in, first + second",
        "messages a commit, first",
        "taken in a commit, second",
        "own µs",
        "PostgreSQL µs",
        "Kafka µs",
    ];
    report.table("For each message", &head, &rows);
}

fn speed(rounds: &[Round]) -> f64 {
    let mut speeds: Vec<f64> = rounds.iter().map(|round| round.per_second).collect();
    speeds.sort_unstable_by(f64::total_cmp);
    speeds.get(speeds.len() / 2).copied().unwrap_or(0.0)
}

fn cost(name: &str, messages: u64, rounds: &[Round]) -> Vec<String> {
    let all = messages as f64 * rounds.len() as f64;
    let each = |of: fn(&Round) -> u64| {
        let sum: u64 = rounds.iter().map(of).sum();
        sum as f64 / all
    };
    let micros = |of: fn(&Round) -> Duration| {
        let sum: Duration = rounds.iter().map(of).sum();
        format!("{:.0}", sum.as_secs_f64() * 1e6 / all)
    };
    let both = |of: fn(&Work) -> u64| {
        let sum = |context: usize| -> u64 { rounds.iter().map(|r| of(&r.work[context])).sum() };
        format!("{:.2} + {:.2}", sum(0) as f64 / all, sum(1) as f64 / all)
    };
    vec![
        name.to_owned(),
        format!("{:.2}", each(|round| round.work[0].produced)),
        both(|work| work.consumed),
        both(|work| work.received),
        format!("{:.0}", 1.0 / each(|round| round.work[0].commits)),
        format!("{:.0}", 2.0 / each(|round| round.work[1].commits)),
        micros(|round| round.own),
        micros(|round| round.servers.postgres),
        micros(|round| round.servers.kafka),
    ]
}
