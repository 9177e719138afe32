//! Between a context and those who ask it: lets everything through, or keeps the answers to itself.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

/// A TCP proxy of the test's own. While it [swallows](Tap::swallow) answers, whoever asks is hung up on
/// as soon as there is one: what was asked is done, and nobody is told, as if the process had died
/// between its commit and its answer.
pub(crate) struct Tap {
    address: SocketAddr,
    line: Arc<Line>,
    door: Option<JoinHandle<()>>,
}

struct Line {
    to: SocketAddr,
    swallows: AtomicBool,
    swallowed: AtomicUsize,
    closing: AtomicBool,
}

impl Tap {
    pub(super) fn before(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its port");
        let line = Arc::new(Line {
            to,
            swallows: AtomicBool::new(false),
            swallowed: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        });
        let at_the_line = Arc::clone(&line);
        let door = std::thread::spawn(move || {
            for client in listener.incoming() {
                if at_the_line.closing.load(Ordering::Relaxed) {
                    return;
                }
                let line = Arc::clone(&at_the_line);
                // It ends with either side, and both end with the stage. Who cannot be reached is
                // not there for the client either.
                std::thread::spawn(move || client.and_then(|client| line.join(&client)));
            }
        });
        Self {
            address,
            line,
            door: Some(door),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on answers get lost, or do not any more.
    pub(crate) fn swallow(&self, swallows: bool) {
        self.line.swallows.store(swallows, Ordering::SeqCst);
    }

    /// How many answers got lost.
    pub(crate) fn swallowed(&self) -> usize {
        self.line.swallowed.load(Ordering::SeqCst)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.line.closing.store(true, Ordering::Relaxed);
        // Only to wake it.
        if TcpStream::connect(self.address).is_ok()
            && let Some(door) = self.door.take()
        {
            let _ = door.join();
        }
    }
}

impl Line {
    fn join(&self, client: &TcpStream) -> io::Result<()> {
        let server = TcpStream::connect(self.to)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut asking, mut asked) = (client.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || {
            let _ = io::copy(&mut asking, &mut asked);
            let _ = asked.shutdown(Shutdown::Write);
        });
        let done = self.answers(&server, client);
        for side in [client, &server] {
            // It may have hung up already.
            let _ = side.shutdown(Shutdown::Both);
        }
        done
    }

    fn answers(&self, mut server: &TcpStream, mut client: &TcpStream) -> io::Result<()> {
        let mut bytes = vec![0; 64 << 10];
        loop {
            let read = server.read(&mut bytes)?;
            if read == 0 {
                return Ok(());
            }
            if self.swallows.load(Ordering::SeqCst) {
                self.swallowed.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            }
            client.write_all(&bytes[..read])?;
        }
    }
}
