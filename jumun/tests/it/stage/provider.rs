//! Whoever delivers notices: takes what a webhook posts, and does with it as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

/// What a provider does with a request that it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// Answers with this status.
    Answer(u16),
    /// Says nothing, and stays.
    Hang,
    /// Says nothing, and hangs up.
    HangUp,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Value,
    /// What was done with it.
    pub(crate) did: Does,
}

impl Posted {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// An HTTP server of the test's own, for as long as it is kept.
pub(crate) struct Provider {
    address: SocketAddr,
    desk: Arc<Desk>,
    door: Option<JoinHandle<()>>,
}

struct Desk {
    does: Mutex<Does>,
    posted: Mutex<Vec<Posted>>,
    closing: AtomicBool,
}

impl Provider {
    /// Answers everything with this, until it [is told otherwise](Provider::does).
    pub(crate) fn start(does: Does) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), does)
    }

    /// The same, at this address.
    pub(crate) fn start_at(address: SocketAddr, does: Does) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("its port");
        let desk = Arc::new(Desk {
            does: Mutex::new(does),
            posted: Mutex::default(),
            closing: AtomicBool::new(false),
        });
        let at_the_desk = Arc::clone(&desk);
        let door = std::thread::spawn(move || {
            for client in listener.incoming() {
                if at_the_desk.closing.load(Ordering::Relaxed) {
                    return;
                }
                let desk = Arc::clone(&at_the_desk);
                // It ends when its client does, which the stage sees to.
                std::thread::spawn(move || client.map(|client| desk.serve(client)));
            }
        });
        Self {
            address,
            desk,
            door: Some(door),
        }
    }

    /// For `notify.webhook`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/notices", self.address)
    }

    /// From now on.
    pub(crate) fn does(&self, does: Does) {
        *self.desk.does.lock().unwrap() = does;
    }

    /// All that came, in order.
    pub(crate) fn posted(&self) -> Vec<Posted> {
        self.desk.posted.lock().unwrap().clone()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.desk.closing.store(true, Ordering::Relaxed);
        // Only to wake it.
        if TcpStream::connect(self.address).is_ok()
            && let Some(door) = self.door.take()
        {
            let _ = door.join();
        }
    }
}

impl Desk {
    fn serve(&self, client: TcpStream) {
        let mut client = BufReader::new(client);
        while let Some(mut posted) = read(&mut client) {
            posted.did = *self.does.lock().unwrap();
            let did = posted.did;
            self.posted.lock().unwrap().push(posted);
            match did {
                Does::Answer(status) => {
                    let answer = format!("HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n");
                    if client.get_mut().write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
                // Until the other side has had enough.
                Does::Hang => {
                    let _ = client.read_to_end(&mut Vec::new());
                    return;
                }
                Does::HangUp => return,
            }
        }
    }
}

/// The next request, if a whole one comes.
fn read(client: &mut BufReader<TcpStream>) -> Option<Posted> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    let mut posted = Posted {
        path: lines.first()?.split(' ').nth(1)?.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
        body: Value::Null,
        did: Does::Hang,
    };
    let length = posted
        .header("content-length")
        .map_or(Some(0), |l| l.parse().ok())?;
    let mut body = vec![0; length];
    client.read_exact(&mut body).ok()?;
    posted.body = serde_json::from_slice(&body).unwrap_or_default();
    Some(posted)
}
