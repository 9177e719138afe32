//! The ways in which one client can try to take the service away.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::client::{Answer, Client, fill, tally};
use super::target::Target;
use super::{Case, Seen};

const ORDERS: usize = 2_000;
const COURSES: usize = 3_000;

pub(super) fn all() -> Vec<Case> {
    let fruitstore = |name, promised, memory, seconds, prepare, play| Case {
        name,
        system: "fruitstore",
        open_files: None,
        promised,
        memory,
        time: Duration::from_secs(seconds),
        prepare,
        play,
    };
    let onlinestudy = |case: Case| Case {
        system: "onlinestudy",
        ..case
    };
    vec![
        fruitstore(
            "a sort by 900 fields",
            "counts each field once, or is refused",
            48,
            2,
            long_orders,
            sort_by_hundreds,
        ),
        onlinestudy(fruitstore(
            "a search for 4,000 words",
            "counts each word once, or is refused",
            16,
            1,
            courses,
            search_for_thousands,
        )),
        onlinestudy(fruitstore(
            "8 searches that find 3,000 each",
            "are streamed",
            32,
            4,
            courses,
            find_thousands,
        )),
        fruitstore(
            "600 probes of health",
            "all UP",
            64,
            5,
            nothing,
            probe_by_hundreds,
        ),
        fruitstore(
            "2,200 orders at once",
            "the next customer is served at once",
            128,
            1,
            nothing,
            burst,
        ),
        Case {
            open_files: Some(128),
            ..fruitstore(
                "130 clients that never read, 128 files",
                "liveness throughout, others served, cut off after 10 s",
                256,
                15,
                long_orders,
                never_read,
            )
        },
        Case {
            open_files: Some(128),
            ..fruitstore(
                "a stop with 130 clients that never read",
                "in order",
                256,
                2,
                long_orders,
                stop_unread,
            )
        },
        Case {
            open_files: Some(64),
            ..fruitstore(
                "100 slow heads, 64 files",
                "liveness throughout, others served, two lines in the log",
                16,
                5,
                nothing,
                slow_heads,
            )
        },
    ]
}

#[allow(clippy::unnecessary_wraps, reason = "one of several preparations")]
fn nothing(_: &Target) -> anyhow::Result<()> {
    Ok(())
}

fn order(address: &str) -> String {
    format!(r#"{{"userId":1,"prodNm":"apple","qty":1,"price":1,"address":"{address}"}}"#)
}

/// With addresses as long as they may be.
fn long_orders(target: &Target) -> anyhow::Result<()> {
    let order = order(&"가".repeat(500));
    fill(target.address, "/orders", ORDERS, |_| order.clone())
}

/// With one word in the title of all.
fn courses(target: &Target) -> anyhow::Result<()> {
    fill(target.address, "/courses", COURSES, |number| {
        let about = "x".repeat(100);
        format!(r#"{{"courseNo":"{number}","title":"z {about} {number}","teacher":"kim","fee":1}}"#)
    })
}

/// One answer to a request; that there is none is a failure of the server.
fn asks(to: SocketAddr, path: &str) -> anyhow::Result<(Answer, Duration)> {
    let begun = Instant::now();
    let answer = Client::get(to, path).and_then(Client::answer);
    let answer = answer.with_context(|| format!("GET {}", path.get(..40).unwrap_or(path)))?;
    Ok((answer, begun.elapsed()))
}

fn sort_by_hundreds(target: &mut Target) -> anyhow::Result<Seen> {
    let names = vec!["address"; 900].join(",");
    let path = format!("/orders?size=1000&sort={names}");
    let (answer, took) = asks(target.address, &path)?;
    Ok(Seen {
        answered: answer.status.to_string(),
        took,
        as_promised: answer.status < 500,
    })
}

fn search_for_thousands(target: &mut Target) -> anyhow::Result<Seen> {
    let words = vec!["z"; 4_000].join("+");
    let path = format!("/courses/search/findByWord?word={words}");
    let (answer, took) = asks(target.address, &path)?;
    Ok(Seen {
        answered: answer.status.to_string(),
        took,
        as_promised: answer.status < 500,
    })
}

#[allow(clippy::unnecessary_wraps, reason = "one of several plays")]
fn find_thousands(target: &mut Target) -> anyhow::Result<Seen> {
    let begun = Instant::now();
    let path = "/courses/search/findByWord?word=z";
    let asked: Vec<_> = (0..8).map(|_| Client::get(target.address, path)).collect();
    let answers = answers(asked);
    let whole = |answer: &io::Result<Answer>| {
        let found = answer
            .as_ref()
            .map(|answer| answer.body.matches("\"courseNo\":").count());
        found.is_ok_and(|found| found == COURSES)
    };
    Ok(Seen {
        answered: tally(&answers),
        took: begun.elapsed(),
        as_promised: answers.iter().all(whole),
    })
}

fn probe_by_hundreds(target: &mut Target) -> anyhow::Result<Seen> {
    let begun = Instant::now();
    let asked: Vec<_> = (0..600)
        .map(|_| Client::get(target.address, "/actuator/health"))
        .collect();
    let (ready, _) = asks(target.address, "/actuator/health/readiness")?;
    let answers = answers(asked);
    let up = |answer: &io::Result<Answer>| answer.as_ref().is_ok_and(|answer| answer.status == 200);
    Ok(Seen {
        answered: format!("{}; readiness {}", tally(&answers), ready.status),
        took: begun.elapsed(),
        as_promised: ready.status == 200 && answers.iter().all(up),
    })
}

fn burst(target: &mut Target) -> anyhow::Result<Seen> {
    let order = order("Seoul");
    let asked: Vec<_> = (0..2_200)
        .map(|_| Client::post(target.address, "/orders", &order))
        .collect();
    let answers = answers(asked);
    let begun = Instant::now();
    let next = Client::post(target.address, "/orders", &order)?.answer()?;
    Ok(Seen {
        answered: format!("{}; the next one {}", tally(&answers), next.status),
        took: begun.elapsed(),
        as_promised: next.status == 201,
    })
}

fn never_read(target: &mut Target) -> anyhow::Result<Seen> {
    let before = target.sockets();
    let begun = Instant::now();
    let deaf = deaf(target);
    let (lives, served) = while_crowded(target)?;
    // The server ends their connections; they do nothing.
    let left = || target.sockets().saturating_sub(before);
    while left() > 0 && begun.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(50));
    }
    let took = begun.elapsed();
    let left = left();
    drop(deaf);
    Ok(Seen {
        answered: format!("{}; {left} still connected", told(lives, served)),
        took,
        as_promised: lives.0 == 200 && served.0 == 201 && left == 0,
    })
}

fn stop_unread(target: &mut Target) -> anyhow::Result<Seen> {
    let deaf = deaf(target);
    // All of them are there.
    asks(target.address, "/actuator/health/liveness")?;
    let took = target.stop()?;
    let said = target.said();
    drop(deaf);
    Ok(Seen {
        answered: "stopped".to_owned(),
        took,
        as_promised: !said.contains("took too long"),
    })
}

fn slow_heads(target: &mut Target) -> anyhow::Result<Seen> {
    let begun = Instant::now();
    let head = "GET /orders HTTP/1.1\r\nHost: abuse\r\nX-";
    let slow: Vec<_> = (0..100)
        .map(|_| Client::send(target.address, head))
        .collect();
    let (lives, served) = while_crowded(target)?;
    let took = begun.elapsed();
    drop(slow);
    let lines = || {
        let said = target.said();
        said.lines().filter(|line| line.contains("WARN")).count()
    };
    let waited = Instant::now();
    while lines() < 2 && waited.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(50));
    }
    let lines = lines();
    Ok(Seen {
        answered: format!("{}; {lines} lines", told(lives, served)),
        took,
        as_promised: lives.0 == 200 && served.0 == 201 && lines == 2,
    })
}

/// Clients that ask for a large page, and never read it.
fn deaf(target: &Target) -> Vec<io::Result<Client>> {
    let path = "/orders?size=1000";
    (0..130)
        .map(|_| Client::get(target.address, path))
        .collect()
}

/// A status, and after how long.
type Told = (u16, Duration);

/// A probe of liveness, which asks once; and a customer, who tries again when told to.
fn while_crowded(target: &Target) -> anyhow::Result<(Told, Told)> {
    let (answer, took) = asks(target.address, "/actuator/health/liveness")?;
    let lives = (answer.status, took);
    let begun = Instant::now();
    loop {
        let answer = Client::post(target.address, "/orders", &order("Seoul"));
        let status = answer.and_then(Client::answer).map(|answer| answer.status);
        if matches!(status, Ok(201)) || begun.elapsed() > Duration::from_secs(20) {
            return Ok((lives, (status.unwrap_or(0), begun.elapsed())));
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn told(lives: Told, served: Told) -> String {
    format!(
        "liveness {} in {:.2} s, an order {} in {:.2} s",
        lives.0,
        lives.1.as_secs_f64(),
        served.0,
        served.1.as_secs_f64()
    )
}

fn answers(asked: Vec<io::Result<Client>>) -> Vec<io::Result<Answer>> {
    asked
        .into_iter()
        .map(|client| client.and_then(Client::answer))
        .collect()
}
