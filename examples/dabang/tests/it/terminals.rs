//! The reader's terminals, in a new folder with the built program where `cargo build` puts it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::likeness;
use crate::page::Block;

/// The page's port, with what stands before it. What is tested gets a free one.
const PORT: [&str; 3] = ["localhost:9000", "127.0.0.1:9000", "--port 9000"];

/// What `cargo` has done before this test runs, or is doing by running it.
const DONE: [&str; 2] = ["cargo build -p dabang", "cargo test -p dabang"];

/// A command that goes on while others are typed.
struct Running {
    child: Child,
    printed: Arc<Mutex<Vec<String>>>,
    /// How many of its lines the page has shown.
    shown: usize,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, as by the page's own `kill`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All of them.
pub(crate) struct Terminals {
    folder: PathBuf,
    port: Option<String>,
    running: Vec<Running>,
    patience: Duration,
}

impl Drop for Terminals {
    fn drop(&mut self) {
        self.running.clear();
        // A failing test should tell its own failure, and not that a folder is left behind.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Terminals {
    /// `patience` is for what follows from a command, and comes a moment later.
    pub(crate) fn open(patience: Duration) -> Self {
        static OPENED: AtomicUsize = AtomicUsize::new(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("guide-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("target/debug")).expect("a folder");
        let program = folder.join("target/debug/dabang");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_dabang"), program).expect("a link");
        Self {
            folder,
            port: None,
            running: Vec::new(),
            patience,
        }
    }

    /// A file that the reader writes.
    pub(crate) fn write(&self, path: &str, block: &Block) {
        fs::write(self.folder.join(path), block.lines.join("\n")).expect("written");
    }

    /// Types the block's commands, one after the other.
    pub(crate) fn type_in(&mut self, block: &Block) {
        let mut lines = block.lines.iter().peekable();
        while let Some(line) = lines.next() {
            let mut command = line.strip_prefix("$ ").expect("a command").to_owned();
            while command.ends_with('\\') {
                let more = lines.next().expect("the command goes on");
                command = format!("{command}\n{more}");
            }
            let mut output = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                output.push(line.clone());
            }
            self.carry_out(block, &command, &output);
        }
    }

    /// What the last command that still runs has printed since.
    pub(crate) fn more(&mut self, block: &Block) {
        let lines = self.here(&block.lines);
        let last = self.running.last_mut().expect("something runs");
        let what = format!("{block}: the command that still runs");
        wait(&what, self.patience, &lines, || {
            let all = last.printed.lock().expect("whole");
            all.iter().skip(last.shown).cloned().collect()
        });
        last.shown += lines.len();
    }

    fn carry_out(&mut self, block: &Block, command: &str, page: &[String]) {
        if DONE.contains(&command) {
            assert!(page.is_empty(), "{block}: {command} is not shown");
        } else if command.contains(" up ") || command.ends_with(" --follow") {
            self.start(block, command, page);
        } else if command.starts_with("kill ") {
            self.run(command);
            let ended = |running: &mut Running| running.child.try_wait().expect("asked").is_some();
            let began = Instant::now();
            while !self.running.iter_mut().any(ended) {
                assert!(
                    began.elapsed() < self.patience,
                    "{block}: {command}: all goes on"
                );
                pause();
            }
            self.running.retain_mut(|running| !ended(running));
        } else {
            let page = self.here(page);
            // What only reads can be asked again.
            let patience = if command.contains(" -d ") {
                Duration::ZERO
            } else {
                self.patience
            };
            let what = format!("{block}: {command}");
            wait(&what, patience, &page, || self.run(command));
        }
    }

    fn start(&mut self, block: &Block, command: &str, page: &[String]) {
        let command = match &self.port {
            None => command.replace("--port 9000", "--port 0"),
            Some(_) => self.here(&[command.to_owned()]).remove(0),
        };
        let mut child = self
            .shell(&format!("exec {command}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let printed = Arc::new(Mutex::new(Vec::new()));
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let lines = Arc::clone(&printed);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                lines.lock().expect("whole").push(line);
            }
        });
        self.running.push(Running {
            child,
            printed: Arc::clone(&printed),
            shown: page.len(),
        });
        let read = || printed.lock().expect("whole").clone();
        if self.port.is_none() {
            self.port = Some(port(block, self.patience, read));
        }
        let what = format!("{block}: {command}");
        wait(&what, self.patience, &self.here(page), read);
    }

    fn run(&self, command: &str) -> Vec<String> {
        let command = self.here(&[command.to_owned()]).remove(0);
        let ran = self.shell(&command).output().expect("a shell");
        assert!(
            ran.status.success(),
            "{command}: {} {}",
            ran.status,
            String::from_utf8_lossy(&ran.stderr)
        );
        let out = String::from_utf8(ran.stdout).expect("UTF-8");
        out.lines().map(str::to_owned).collect()
    }

    fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(&self.folder);
        shell.stdin(Stdio::null()).env("NO_PROXY", "*");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JUMUN_") {
                shell.env_remove(name);
            }
        }
        shell
    }

    /// With the port that we have in place of the page's.
    fn here(&self, lines: &[String]) -> Vec<String> {
        let here = |line: &String| match &self.port {
            None => line.clone(),
            Some(port) => PORT.iter().fold(line.clone(), |line, place| {
                line.replace(place, &place.replace("9000", port))
            }),
        };
        lines.iter().map(here).collect()
    }
}

/// The port that was taken.
fn port(block: &Block, patience: Duration, printed: impl Fn() -> Vec<String>) -> String {
    let began = Instant::now();
    loop {
        let lines = printed();
        let gateway = lines.iter().find(|line| line.contains("gateway"));
        if let Some((_, port)) = gateway.and_then(|line| line.rsplit_once(':')) {
            return port.to_owned();
        }
        assert!(began.elapsed() < patience, "{block}: no gateway: {lines:?}");
        pause();
    }
}

/// What is printed is what the page shows, or will be before patience ends.
fn wait(what: &str, patience: Duration, page: &[String], mut print: impl FnMut() -> Vec<String>) {
    let began = Instant::now();
    loop {
        let printed = print();
        let lines: Vec<&str> = printed.iter().map(String::as_str).collect();
        if likeness::is_shown(page, &lines) {
            return;
        }
        assert!(
            began.elapsed() < patience,
            "{what}\nprints, not as the page says:\n{}\nthe page says:\n{}",
            printed.join("\n"),
            page.join("\n")
        );
        pause();
    }
}

fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
