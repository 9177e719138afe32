//! A context whose store is not there when it starts.

use std::net::{SocketAddr, TcpListener};

use engines::Postgres;

use crate::stage::{Door, Following, Process, Setup, jumun};
use crate::waiting::eventually;
use crate::wire::Request;

const WAITS: &str = "waiting for the store";

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}

/// My page, with its store there.
fn my_page_on(store: &str) -> Setup {
    Setup::of("fruitstore").set_in("mypage", "store", store)
}

fn serve(setup: &Setup, folder: &std::path::Path, at: SocketAddr) -> std::process::Command {
    let mut command = jumun(setup, folder);
    command.args(["serve", "fruitstore", "mypage", "--port"]);
    command.arg(at.port().to_string());
    command
}

/// Until the probe answers so.
fn probed(door: &Door, name: &str, status: u16) {
    eventually(&format!("{name} answers {status}"), || {
        let answer = door.try_get(&format!("/actuator/health/{name}"));
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status == status {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    });
}

#[test]
fn a_process_whose_store_is_away_lives_takes_nothing_and_can_be_stopped() {
    let (folder, at) = (tempfile::tempdir().unwrap(), free());
    let nobody = format!("postgres://jumun@{}/jumun", free());
    let mut waiting = Following::start(&mut serve(&my_page_on(&nobody), folder.path(), at));
    let door = Door::at(at);
    probed(&door, "readiness", 503);
    probed(&door, "liveness", 200);
    let refused = door.send(&Request::get("/myPages")).expect(503);
    assert_eq!(refused.header("retry-after"), Some("5"), "{refused}");
    waiting.interrupt();
    let said = waiting.said();
    assert_eq!(said.matches(WAITS).count(), 1, "{said}");
    assert!(said.contains("is the server running"), "{said}");
}

#[test]
fn a_store_that_opens_and_does_not_answer_yet_is_waited_for_too() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let (database, folder, at) = (postgres.database(), tempfile::tempdir().unwrap(), free());
    let setup = my_page_on(database.url());
    let sql = |statement| Postgres::sql(database.url(), statement).unwrap();
    let mut process = Process::start(&mut serve(&setup, folder.path(), at)).unwrap();
    process.signal("TERM");
    process.ends_well();

    sql("ALTER TABLE fruitstore_mypage.cursors RENAME TO not_yet");
    let mut waiting = Following::start(&mut serve(&setup, folder.path(), at));
    let door = Door::at(at);
    probed(&door, "readiness", 503);
    sql("ALTER TABLE fruitstore_mypage.not_yet RENAME TO cursors");
    probed(&door, "readiness", 200);
    door.send(&Request::get("/myPages")).expect(200);
    waiting.interrupt();
    let said = waiting.said();
    assert_eq!(said.matches(WAITS).count(), 1, "{said}");
}

#[test]
fn a_store_that_goes_and_comes_back_is_spoken_of_once() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let (folder, at) = (tempfile::tempdir().unwrap(), free());
    let setup = my_page_on(postgres.url());
    let mut process = Process::start(&mut serve(&setup, folder.path(), at)).unwrap();
    postgres.kill();
    eventually("some attempts", || {
        let failed = process.door().metric("jumun_failed_commits_total", &[]);
        if failed > 2.5 {
            Ok(())
        } else {
            Err(format!("{failed}"))
        }
    });
    postgres.start_again();
    probed(&process.door(), "readiness", 200);
    process.signal("TERM");
    let said = process.ends_well();
    let told = said.matches("nothing was committed").count();
    // One reason may follow another: first the connection ends, then there is nobody.
    assert!((1..=2).contains(&told), "{said}");
    assert_eq!(said.matches("takes commits again").count(), 1, "{said}");
}
