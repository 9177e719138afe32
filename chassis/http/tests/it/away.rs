//! A store that is away, or hangs, while nobody commands anything.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::Poll;
use std::time::Duration;

use http_api::ApiSettings;
use storm::Id;
use storm::store::{
    Cursor, Opened, Page, ParkedEvent, Position, Reader, Record, StoreError, StoredAnswer,
    StoredEvent, StoredKey,
};
use testkit::memory_store::MemoryStore;
use tokio::task::JoinSet;

use crate::app::{ANY, App, JSON, send};

#[derive(Clone, Copy, PartialEq)]
enum Does {
    Answer,
    Fail,
    Hang,
    /// Hangs where probes look, and answers everybody else.
    HangProbes,
}

/// Between the readers and their store.
struct Line {
    store: Arc<dyn Reader>,
    does: Mutex<Does>,
    changed: Condvar,
    /// Probes that wait.
    hanging: Mutex<usize>,
    /// Probes that came.
    looks: AtomicUsize,
}

impl Line {
    fn turn(&self, does: Does) {
        *self.does.lock().unwrap() = does;
        self.changed.notify_all();
    }

    fn store(&self) -> Result<&dyn Reader, StoreError> {
        self.store_unless(&[Does::Hang])
    }

    fn store_unless(&self, hangs: &[Does]) -> Result<&dyn Reader, StoreError> {
        let mut does = self.does.lock().unwrap();
        while hangs.contains(&does) {
            does = self.changed.wait(does).unwrap();
        }
        match *does {
            Does::Fail => Err(away()),
            _ => Ok(&*self.store),
        }
    }
}

fn away() -> StoreError {
    StoreError::Unavailable {
        place: "db.example:5432".to_owned(),
        reason: "connection refused".to_owned(),
    }
}

impl Reader for Line {
    fn record(&self, kind: &str, id: Id) -> Result<Option<Record>, StoreError> {
        self.store()?.record(kind, id)
    }

    fn page(&self, kind: &str, page: Page) -> Result<Vec<Record>, StoreError> {
        self.store()?.page(kind, page)
    }

    fn count(&self, kind: &str) -> Result<u64, StoreError> {
        self.store()?.count(kind)
    }

    fn by_key(&self, key: &StoredKey) -> Result<Vec<Record>, StoreError> {
        self.store()?.by_key(key)
    }

    fn events_after(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.store()?.events_after(after, limit)
    }

    fn head(&self) -> Result<Position, StoreError> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        *self.hanging.lock().unwrap() += 1;
        let store = self.store_unless(&[Does::Hang, Does::HangProbes]);
        let head = store.and_then(Reader::head);
        *self.hanging.lock().unwrap() -= 1;
        head
    }

    fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        self.store()?.cursors()
    }

    fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError> {
        self.store()?.parked()
    }

    fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        self.store()?.answer(key)
    }

    fn deadlines(&self) -> Result<u64, StoreError> {
        self.store()?.deadlines()
    }
}

fn kitchen() -> (App, Arc<Line>) {
    let store = MemoryStore::new();
    let Opened { writer, reader } = store.open();
    let line = Arc::new(Line {
        store: reader,
        does: Mutex::new(Does::Answer),
        changed: Condvar::new(),
        hanging: Mutex::new(0),
        looks: AtomicUsize::new(0),
    });
    let reader = Arc::clone(&line) as Arc<dyn Reader>;
    let opened = Opened { writer, reader };
    (App::opened(store, opened, ApiSettings::default()), line)
}

#[tokio::test]
async fn a_store_that_is_away_makes_its_context_unready_and_not_ill_until_it_is_back() {
    let (app, line) = kitchen();
    app.buy("a", 1).await;
    line.turn(Does::Fail);
    let readiness = app.get("/actuator/health/readiness").await;
    assert_eq!(readiness.status, 503);
    assert_eq!(readiness.json()["status"], "DOWN");
    let health = app.get("/actuator/health").await;
    assert_eq!(health.status, 503);
    assert_eq!(health.json()["components"]["store"]["status"], "DOWN");
    assert_eq!(app.get("/actuator/health/liveness").await.status, 200);
    let outbox = app.get("/actuator/outbox").await;
    assert_eq!(outbox.status, 503);
    assert!(outbox.header("retry-after").is_some());
    line.turn(Does::Answer);
    assert_eq!(app.get("/actuator/health/readiness").await.status, 200);
    assert_eq!(app.get("/actuator/health").await.status, 200);
}

#[tokio::test]
async fn a_store_that_hangs_does_not_hold_up_probes_nor_take_a_thread_for_each() {
    let (app, line) = kitchen();
    app.buy("a", 1).await;
    // What listens has begun by then, and asks no more where the log ends.
    let path = "/boilings/search/findByKettleName?kettleName=a";
    app.eventually(path, |reply| reply.status == 200).await;
    line.turn(Does::Hang);
    let mut hanging = Vec::new();
    for _ in 0..3 {
        let probe = app.get("/actuator/health/readiness");
        let answer = tokio::time::timeout(Duration::from_secs(10), probe).await;
        let status = answer.map(|reply| reply.status.as_u16()).ok();
        hanging.push((status, *line.hanging.lock().unwrap()));
    }
    let liveness = app.get("/actuator/health/liveness").await.status;
    // Before anything is judged: the test's own runtime waits for what hangs.
    line.turn(Does::Answer);
    assert_eq!(liveness, 200);
    assert!(
        hanging.iter().all(|probe| *probe == (Some(503), 1)),
        "{hanging:?}"
    );
    app.eventually("/actuator/health/readiness", |reply| reply.status == 200)
        .await;
}

#[tokio::test]
async fn however_many_probes_wait_share_one_look_at_the_store() {
    let (app, line) = kitchen();
    app.buy("a", 1).await;
    let path = "/boilings/search/findByKettleName?kettleName=a";
    app.eventually(path, |reply| reply.status == 200).await;
    let before = line.looks.load(Ordering::SeqCst);
    line.turn(Does::Hang);
    let mut probes = JoinSet::new();
    let waiting = Arc::new(AtomicUsize::new(0));
    for number in 0..600 {
        let (api, waiting) = (Arc::clone(&app.api), Arc::clone(&waiting));
        let path = ["/actuator/health", "/actuator/health/readiness"][number % 2];
        probes.spawn(async move {
            let mut probe = Box::pin(send(&*api, "GET", path, &[ANY], ""));
            // It runs as far as it can, and joins the others.
            let at_once = std::future::poll_fn(|cx| Poll::Ready(probe.as_mut().poll(cx)));
            assert!(at_once.await.is_pending());
            waiting.fetch_add(1, Ordering::SeqCst);
            probe.await.status
        });
    }
    while waiting.load(Ordering::SeqCst) < 600 {
        tokio::task::yield_now().await;
    }
    line.turn(Does::Answer);
    let statuses = probes.join_all().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(line.looks.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn a_look_that_has_to_queue_does_not_make_a_store_down_that_answers_others() {
    let (app, line) = kitchen();
    app.buy("a", 1).await;
    line.turn(Does::HangProbes);
    let api = Arc::clone(&app.api);
    let path = "/actuator/health/readiness";
    let mut probe = tokio::spawn(async move { send(&*api, "GET", path, &[ANY], "").await.status });
    let status = loop {
        assert_eq!(app.get("/kettles").await.status, 200);
        tokio::select! {
            status = &mut probe => break status.unwrap(),
            () = tokio::task::yield_now() => {}
        }
    };
    line.turn(Does::Answer);
    assert_eq!(status, 200);
}

#[tokio::test]
async fn who_asks_a_store_that_is_away_is_invited_to_try_again_in_their_language() {
    let (app, line) = kitchen();
    line.turn(Does::Fail);
    let korean = [("host", "shop"), ANY, ("accept-language", "ko")];
    let read = app.send("GET", "/kettles", &korean, "").await;
    line.turn(Does::Answer);
    app.store.fail_next_commit(away());
    let korean = [&korean[..], &[JSON]].concat();
    let body = r#"{"name":"a","litres":1}"#;
    let command = app.send("POST", "/kettles", &korean, body).await;
    for refused in [read, command] {
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header("retry-after"), Some("5"));
        assert_eq!(refused.json()["code"], "store-unavailable");
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("잠시 후"), "{detail}");
        assert!(!refused.text.contains("db.example"), "{}", refused.text);
    }
}
