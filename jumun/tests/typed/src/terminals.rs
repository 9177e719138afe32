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

/// What a page is about.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The built program.
    pub path: &'static str,
    /// Where the page has it, from the folder that the reader is in.
    pub link: &'static str,
    /// The port that the page has. What is tested gets a free one.
    pub port: u16,
    /// Commands of `cargo` that have been carried out before, or are by running the test.
    pub done: &'static [&'static str],
    /// A command of `cargo` that starts the program, and what starts it here.
    pub run: Option<(&'static str, &'static str)>,
}

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
pub struct Terminals {
    program: Program,
    folder: PathBuf,
    /// What the page calls by another name, and its name here.
    known: Vec<(String, String)>,
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
    /// In a new folder below `parent`. `patience` is for what follows from a command, and comes a moment
    /// later.
    pub fn open(parent: &str, program: Program, patience: Duration) -> Self {
        static OPENED: AtomicUsize = AtomicUsize::new(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(parent).join(format!("page-{}-{number}", std::process::id()));
        let link = folder.join(program.link);
        fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
        std::os::unix::fs::symlink(program.path, link).expect("a link");
        Self {
            program,
            folder,
            known: Vec::new(),
            port: None,
            running: Vec::new(),
            patience,
        }
    }

    /// A file that the reader writes.
    pub fn write(&self, path: &str, block: &Block) {
        fs::write(self.folder.join(path), block.lines.join("\n")).expect("written");
    }

    /// Types the block's commands, one after the other.
    pub fn type_in(&mut self, block: &Block) {
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
    pub fn more(&mut self, block: &Block) {
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
        if self.program.done.contains(&command) {
            assert!(page.is_empty(), "{block}: {command} is not shown");
        } else if let Some((_, here)) = self.program.run.filter(|(there, _)| *there == command) {
            self.start(block, here, page);
        } else if command.contains(" up ") || command.ends_with(" --follow") {
            self.start(block, command, page);
        } else if command.starts_with("kill ") {
            // The page's process has another number.
            if let (Some(number), Some(running)) = (number_of(command), self.running.last()) {
                let pid = running.child.id().to_string();
                self.run(&command.replace(number, &pid));
            } else {
                self.run(command);
            }
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
            let printed = wait(&what, patience, &page, || self.run(command));
            self.known.extend(likeness::correlations(&page, &printed));
        }
    }

    fn start(&mut self, block: &Block, command: &str, page: &[String]) {
        let command = match &self.port {
            None => command.replace(&format!("--port {}", self.program.port), "--port 0"),
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

    /// With the port and the correlation ids that we have in place of the page's.
    fn here(&self, lines: &[String]) -> Vec<String> {
        let known = |line: &String| {
            let known = self.known.iter();
            known.fold(line.clone(), |line, (there, here)| {
                line.replace(there, here)
            })
        };
        let here = |line: String| match &self.port {
            None => line,
            Some(port) => {
                ["localhost:", "127.0.0.1:", "--port "]
                    .iter()
                    .fold(line, |line, before| {
                        let there = format!("{before}{}", self.program.port);
                        line.replace(&there, &format!("{before}{port}"))
                    })
            }
        };
        lines.iter().map(known).map(here).collect()
    }
}

/// The number of a process that a command names.
fn number_of(command: &str) -> Option<&str> {
    let last = command.rsplit(' ').next()?;
    last.bytes().all(|b| b.is_ascii_digit()).then_some(last)
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

/// What is printed, once it is what the page shows; that has to be before patience ends.
fn wait(
    what: &str,
    patience: Duration,
    page: &[String],
    mut print: impl FnMut() -> Vec<String>,
) -> Vec<String> {
    let began = Instant::now();
    loop {
        let printed = print();
        let lines: Vec<&str> = printed.iter().map(String::as_str).collect();
        if likeness::is_shown(page, &lines) {
            return printed;
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
