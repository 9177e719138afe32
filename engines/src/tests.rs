#![allow(clippy::expect_used, reason = "a test fails where it stands")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::script::{Script, told};
use crate::{GUARDED, Kafka, MariaDb, Postgres};

/// Waits for a condition, and fails if it does not come.
#[track_caller]
fn eventually(what: &str, is: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !is() {
        assert!(Instant::now() < until, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The servers that run in a scratch folder: state (`T` stands still), and what they were started with.
fn running_in(folder: &Path) -> Vec<String> {
    let all = Command::new("ps").args(["-eo", "stat=,args="]).output();
    let all = String::from_utf8_lossy(&all.expect("ps").stdout).into_owned();
    let folder = folder.to_string_lossy();
    all.lines()
        .filter(|line| line.contains(&*folder))
        .map(str::to_owned)
        .collect()
}

/// Where a script keeps its servers: it is in their command lines.
fn folder_of(script: u32) -> PathBuf {
    let children = Command::new("ps")
        .args(["-o", "args=", "--ppid", &script.to_string()])
        .output();
    let children = String::from_utf8_lossy(&children.expect("ps").stdout).into_owned();
    let word = children
        .split(&[' ', '=', '\n'])
        .find(|word| word.contains("/jumun-"))
        .expect("a server that knows its folder");
    let name = Path::new(word).ancestors().find(|path| {
        path.to_string_lossy()
            .rsplit('/')
            .next()
            .is_some_and(|n| n.starts_with("jumun-"))
    });
    name.expect("a scratch folder").to_owned()
}

#[track_caller]
fn nothing_is_left(folder: &Path) {
    eventually("nothing is left", || {
        running_in(folder).is_empty() && !folder.exists()
    });
}

macro_rules! a_database {
    ($name:ident, $Server:ident) => {
        mod $name {
            use super::*;

            fn write(server: &$Server) {
                let table = "CREATE TABLE kept (word VARCHAR(10))";
                $Server::sql(server.url(), table).expect("a table");
                $Server::sql(server.url(), "INSERT INTO kept VALUES ('kept')").expect("a row");
            }

            fn read(server: &$Server) -> Result<String, String> {
                $Server::sql(server.url(), "SELECT word FROM kept")
            }

            #[test]
            fn what_is_committed_is_there_after_a_kill_and_at_the_same_place() {
                let Some(mut server) = $Server::start() else {
                    return;
                };
                write(&server);
                server.kill();
                read(&server).expect_err("nobody is there");
                server.start_again();
                assert_eq!(read(&server).as_deref(), Ok("kept"));
                server.restart();
                assert_eq!(read(&server).as_deref(), Ok("kept"));
            }

            #[test]
            fn who_is_paused_answers_when_resumed() {
                let Some(mut server) = $Server::start() else {
                    return;
                };
                write(&server);
                server.pause();
                let folder = folder_of(server.script().map_or(0, Script::pid));
                let states = running_in(&folder);
                assert!(!states.is_empty());
                eventually("all stand still", || {
                    running_in(&folder)
                        .iter()
                        .all(|state| state.starts_with('T'))
                });
                server.resume();
                assert_eq!(read(&server).as_deref(), Ok("kept"));
            }

            #[test]
            fn databases_on_the_shared_server_do_not_meet() {
                let Some(server) = $Server::shared() else {
                    return;
                };
                let (one, other) = (server.database(), server.database());
                assert_ne!(one.url(), other.url());
                let table = "CREATE TABLE mine (word VARCHAR(10))";
                $Server::sql(one.url(), table).expect("a table");
                $Server::sql(other.url(), table).expect("the same name elsewhere");
                let gone = one.url().to_owned();
                drop(one);
                $Server::sql(&gone, "SELECT 1").expect_err("it is dropped");
                $Server::sql(other.url(), "SELECT word FROM mine").expect("it is still there");
            }

            #[test]
            fn nothing_is_left_behind() {
                let Some(server) = $Server::start() else {
                    return;
                };
                let folder = folder_of(server.script().map_or(0, Script::pid));
                assert!(!running_in(&folder).is_empty() && folder.exists());
                drop(server);
                nothing_is_left(&folder);
            }
        }
    };
}

a_database!(postgres, Postgres);
a_database!(mariadb, MariaDb);

#[test]
fn a_password_is_asked_of_the_guarded_user_alone() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let guarded = server.guarded_url();
    let with = |password: &str| guarded.replacen('@', &format!(":{password}@"), 1);
    Postgres::sql(&with(GUARDED.1), "SELECT 1").expect("the right one");
    Postgres::sql(&with("wrong"), "SELECT 1").expect_err("the wrong one");
}

/// Whether somebody takes connections there.
fn is_open(address: &str) -> bool {
    std::net::TcpStream::connect(address).is_ok()
}

/// What its clients see is tested where the clients are: with the bus.
#[test]
fn brokers_go_one_by_one_and_come_back_where_they_were() {
    let Some(mut kafka) = Kafka::start(3) else {
        return;
    };
    let bootstrap = kafka.bootstrap().to_owned();
    let brokers: Vec<&str> = bootstrap.split(',').collect();
    let open = || brokers.iter().map(|it| is_open(it)).collect::<Vec<_>>();
    assert_eq!(open(), [true, true, true]);
    for guarded in kafka.guarded_bootstrap().split(',') {
        assert!(is_open(guarded), "{guarded}");
    }
    kafka.stop_one(1);
    kafka.kill_one(2);
    assert_eq!(open(), [true, false, false]);
    kafka.start_one(2);
    assert_eq!(open(), [true, false, true]);
    kafka.pause_one(0);
    kafka.resume_one(0);
    kafka.kill();
    assert_eq!(open(), [false, false, false]);
    kafka.start_again();
    assert_eq!(open(), [true, true, true]);
    let folder = folder_of(kafka.script().map_or(0, Script::pid));
    drop(kafka);
    nothing_is_left(&folder);
}

/// Chooses ports as the script with this seed would, and keeps them until its stdin closes.
fn chooses_ports(seed: u32) -> (std::process::Child, u16) {
    let serving = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci/serving.sh");
    let choose = format!("source \"$0\"; RANDOM={seed}; take_ports 3; echo $PORT; read -r _");
    let mut chooser = Command::new("bash")
        .args(["-c", &choose])
        .arg(serving)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash");
    let mut line = String::new();
    let mut said = BufReader::new(chooser.stdout.take().expect("piped"));
    said.read_line(&mut line).expect("a port");
    (chooser, line.trim().parse().expect("a number"))
}

#[test]
fn ports_that_somebody_has_chosen_are_left_to_him_before_he_listens() {
    let (mut one, chosen) = chooses_ports(7);
    // Whoever is as lucky would choose the same.
    let (mut other, next) = chooses_ports(7);
    assert!(chosen.abs_diff(next) >= 3, "{chosen}, {next}");
    for chooser in [&mut one, &mut other] {
        drop(chooser.stdin.take());
        chooser.wait().expect("it ends");
    }
    let (mut third, again) = chooses_ports(7);
    drop(third.stdin.take());
    third.wait().expect("it ends");
    assert_eq!(again, chosen, "nobody has them any more");
}

/// Not a test: the process that [`nothing_is_left_when_its_holder_is_killed`] kills.
#[test]
#[ignore = "holds a server until it is killed"]
fn holder() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let script = server.script().map_or(0, Script::pid);
    println!("\nholding {}", folder_of(script).display());
    let mut rest = String::new();
    std::io::stdin().read_to_string(&mut rest).expect("a pipe");
}

#[test]
fn nothing_is_left_when_its_holder_is_killed() {
    if Postgres::shared().is_none() {
        return;
    }
    let mut holder = Command::new(std::env::current_exe().expect("this one"))
        .args(["--exact", "tests::holder", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(holder.stdout.take().expect("piped")).lines();
    let folder = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("holding ").map(PathBuf::from))
        .expect("it holds a server");
    assert!(!running_in(&folder).is_empty() && folder.exists());
    holder.kill().expect("killed");
    holder.wait().expect("ended");
    nothing_is_left(&folder);
}

#[test]
fn nothing_is_left_when_the_script_is_killed() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let script = server.script().map_or(0, Script::pid);
    let folder = folder_of(script);
    let killed = Command::new("kill")
        .args(["-KILL", &script.to_string()])
        .status();
    assert!(killed.expect("kill").success());
    nothing_is_left(&folder);
}

#[test]
fn an_empty_variable_names_nothing() {
    assert_eq!(told("JUMUN_TEST_NOBODY_SETS_THIS"), None);
}
