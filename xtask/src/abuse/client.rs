//! Clients: they ask on one thread, and read when it is worth it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No answer that is waited for takes longer, unless the server hangs.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// A client that has sent its request, whole or not, and reads nothing yet.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn send(to: SocketAddr, bytes: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        stream.write_all(bytes.as_bytes())?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(crate) fn get(to: SocketAddr, path: &str) -> io::Result<Self> {
        Self::send(to, &request("GET", path, ""))
    }

    pub(crate) fn post(to: SocketAddr, path: &str, body: &str) -> io::Result<Self> {
        Self::send(to, &request("POST", path, body))
    }

    /// The answer; the request asked for the connection to end with it.
    pub(crate) fn answer(self) -> io::Result<Answer> {
        self.read().map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no answer within {} s", DEADLINE.as_secs()),
            ),
            _ => error,
        })
    }

    fn read(mut self) -> io::Result<Answer> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut body = Vec::new();
        self.0.read_to_end(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status, body })
    }
}

fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: abuse\r\nAccept: */*\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Many requests over few connections, where only the effect counts.
pub(crate) fn fill(
    to: SocketAddr,
    path: &str,
    count: usize,
    body: impl Fn(usize) -> String,
) -> anyhow::Result<()> {
    const AT_ONCE: usize = 16;
    for first in (0..count).step_by(AT_ONCE) {
        let numbers = first..count.min(first + AT_ONCE);
        let asked = numbers.map(|number| Client::post(to, path, &body(number)));
        for asked in asked.collect::<Vec<_>>() {
            let answer = asked?.answer()?;
            anyhow::ensure!(answer.status == 201, "{}: {}", answer.status, answer.body);
        }
    }
    Ok(())
}

/// How many were answered with each status, and how many not at all, for people.
pub(crate) fn tally(answers: &[io::Result<Answer>]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for answer in answers {
        let what = match answer {
            Ok(answer) => answer.status.to_string(),
            Err(_) => "cut off".to_owned(),
        };
        *counts.entry(what).or_insert(0) += 1;
    }
    let counts = counts
        .iter()
        .map(|(what, count)| format!("{count} × {what}"));
    counts.collect::<Vec<_>>().join(", ")
}
