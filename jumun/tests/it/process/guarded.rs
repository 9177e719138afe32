//! Brokers that want to know who asks, or that nobody can listen in on.

use std::sync::OnceLock;

use engines::{GUARDED, Kafka};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{Process, Setup, jumun};
use crate::waiting::eventually;
use crate::wire::Request;

const RIGHT: &str = "right";
const WRONG: &str = "open-sesame";

/// One broker for all of these tests; `None` where it cannot be had, which is said.
fn broker() -> Option<&'static Kafka> {
    static BROKER: OnceLock<Option<Kafka>> = OnceLock::new();
    if !cfg!(feature = "kafka-tls") {
        engines::skip("guarded brokers", "jumun was built without kafka-tls");
        return None;
    }
    BROKER.get_or_init(|| Kafka::start_with_tls(1)).as_ref()
}

type Kept<'a> = &'a [(&'a str, &'a str)];

/// The fruit shop's payment alone, on a topic of its own.
struct Payment {
    process: Process,
    _folder: TempDir,
}

impl Payment {
    /// What it said, if it ends at once.
    fn try_start(brokers: &str, kafka: Kept<'_>) -> Result<Self, String> {
        let prefix = format!("guarded-{:08x}-", fastrand::u32(..));
        let setup = Setup::of("fruitstore")
            .set("kafka.brokers", brokers)
            .set("kafka.prefix", &prefix)
            .set("kafka.partitions", "1");
        let set =
            |setup: Setup, (key, value): &(&str, &str)| setup.set(&format!("kafka.{key}"), value);
        let setup = kafka.iter().fold(setup, set);
        let folder = TempDir::new().unwrap();
        let mut serve = jumun(&setup, folder.path());
        serve.args(["serve", "fruitstore", "payment", "--port", "0"]);
        let process = Process::start(&mut serve)?;
        Ok(Self {
            process,
            _folder: folder,
        })
    }

    fn start(brokers: &str, kafka: Kept<'_>) -> Self {
        Self::try_start(brokers, kafka).unwrap_or_else(|said| panic!("{said}"))
    }

    /// One more event in the outbox.
    fn authorizes(&self) {
        let bill = json!({"orderId": 1, "userId": 7181, "price": 5000});
        let asked = Request::post("/payments", &bill);
        self.process.send(&asked).expect(201);
    }

    /// What its health says of Kafka.
    fn bus(&self) -> Value {
        let health = self.process.send(&Request::get("/actuator/health"));
        health.json()["components"]["bus"].clone()
    }

    /// Waits until what it told is with the brokers, and it takes in the topic.
    fn tells(&self, what: &str) {
        eventually(what, || {
            let bus = self.bus();
            let details = &bus["details"];
            let leads = details["leads"] == true && details["partitions"]["0"]["lag"] == 0;
            if bus["status"] == "UP" && leads && details["outbox"] == 0 {
                Ok(())
            } else {
                Err(bus.to_string())
            }
        });
    }
}

/// All of them at once: a refusal is repeated for seconds before it is believed.
fn each_of(cases: &[(&str, String, Kept<'_>)], does: impl Fn(&str, &str, Kept<'_>) + Sync) {
    std::thread::scope(|scope| {
        for (case, brokers, kafka) in cases {
            scope.spawn(|| does(case, brokers, kafka));
        }
    });
}

#[test]
fn whoever_may_gets_in_by_every_way() {
    let Some(kafka) = broker() else {
        return;
    };
    let authority = kafka.authority();
    let ca = ("ca", authority.to_str().unwrap());
    let (open, tls) = (("security", "sasl_plaintext"), ("security", "sasl_tls"));
    let [plain, short, long] =
        ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].map(|name| ("mechanism", name));
    let (user, password) = (("user", "jumun"), ("password", RIGHT));
    let guarded = || kafka.guarded_bootstrap();
    let both = || kafka.guarded_tls_bootstrap();
    each_of(
        &[
            ("TLS", kafka.tls_bootstrap(), &[("security", "tls"), ca]),
            ("PLAIN", guarded(), &[open, plain, user, password]),
            ("SCRAM-SHA-256", guarded(), &[open, short, user, password]),
            ("SCRAM-SHA-512", guarded(), &[open, long, user, password]),
            ("PLAIN, TLS", both(), &[tls, plain, user, password, ca]),
            (
                "SCRAM-SHA-256, TLS",
                both(),
                &[tls, short, user, password, ca],
            ),
            (
                "SCRAM-SHA-512, TLS",
                both(),
                &[tls, long, user, password, ca],
            ),
        ],
        |case, brokers, kafka| {
            let payment = Payment::start(brokers, kafka);
            payment.authorizes();
            payment.tells(case);
            // It has just been made.
            let said = payment.process.said();
            assert!(!said.contains("there is no topic"), "{case}: {said}");
        },
    );
}

#[test]
fn who_does_not_get_in_is_told_why_and_takes_commands_all_the_same() {
    let Some(kafka) = broker() else {
        return;
    };
    let (authority, stranger) = (kafka.authority(), kafka.other_authority());
    let ca = ("ca", authority.to_str().unwrap());
    let other = ("ca", stranger.to_str().unwrap());
    let tls = ("security", "tls");
    let sasl = ("security", "sasl_plaintext");
    let both = ("security", "sasl_tls");
    let [plain, short, long] =
        ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].map(|name| ("mechanism", name));
    let (user, password) = (("user", "jumun"), ("password", WRONG));
    let encrypted = kafka.tls_bootstrap();
    let named = encrypted.replace("127.0.0.1", "localhost");
    let certificate = "was not signed by whom `ca` under [kafka] names";
    let credentials = "refuse the user or its password; see `user`, `password`";
    let security = "See `security` under [kafka]";
    each_of(
        &[
            (certificate, encrypted.clone(), &[tls, other]),
            // Whom this machine trusts has not signed it either.
            (certificate, encrypted.clone(), &[tls]),
            ("is not for the host in `brokers`", named, &[tls, ca]),
            (
                credentials,
                kafka.guarded_bootstrap(),
                &[sasl, plain, user, password],
            ),
            (
                credentials,
                kafka.guarded_bootstrap(),
                &[sasl, short, user, password],
            ),
            (
                credentials,
                kafka.guarded_tls_bootstrap(),
                &[both, plain, user, password, ca],
            ),
            (
                credentials,
                kafka.guarded_tls_bootstrap(),
                &[both, long, user, password, ca],
            ),
            (
                "no TLS with them; see `security`",
                kafka.bootstrap().to_owned(),
                &[tls, ca],
            ),
            (security, encrypted, &[]),
            (security, kafka.guarded_bootstrap(), &[]),
        ],
        |why, brokers, kafka| {
            let payment = Payment::start(brokers, kafka);
            payment.authorizes();
            let bus = eventually(&format!("{why}, with {kafka:?}"), || {
                let bus = payment.bus();
                let broker = bus["details"]["broker"].as_str().unwrap_or_default();
                let told = broker.contains(why) && payment.process.said().contains(why);
                let waits = bus["details"]["outbox"] == 1;
                if told && waits {
                    Ok(bus)
                } else {
                    Err(format!("{bus}\n{}", payment.process.said()))
                }
            });
            assert_eq!(bus["status"], "DOWN");
            for secret in [bus.to_string(), payment.process.said()] {
                assert!(!secret.contains(WRONG), "{secret}");
            }
            // Who balances goes on sending customers here.
            let readiness = Request::get("/actuator/health/readiness");
            payment.process.send(&readiness).expect(200);
            payment
                .process
                .send(&Request::get("/payments/1"))
                .expect(200);
        },
    );
}

#[test]
fn who_shows_a_certificate_may_do_what_its_owner_may() {
    let Some(kafka) = broker() else {
        return;
    };
    let authority = kafka.authority();
    let shows = |user: &str| {
        let (certificate, key) = kafka.of_user(user);
        let shown = [
            ("security", "tls"),
            ("ca", authority.to_str().unwrap()),
            ("certificate", certificate.to_str().unwrap()),
            ("key", key.to_str().unwrap()),
        ];
        Payment::start(&kafka.tls_bootstrap(), &shown)
    };
    let (ours, others) = (shows("jumun"), shows(GUARDED.0));
    for payment in [&ours, &others] {
        payment.authorizes();
    }
    ours.tells("an event of who may");
    eventually("a refusal that says what to do", || {
        let troubles = others.bus()["details"]["troubles"].to_string();
        if troubles.contains("refuse this user the topic") && troubles.contains("kafka-acls") {
            Ok(())
        } else {
            Err(troubles)
        }
    });
}

#[test]
fn a_file_that_cannot_be_read_is_named_before_anything_starts() {
    let Some(kafka) = broker() else {
        return;
    };
    let nowhere = [("security", "tls"), ("ca", "/nowhere/ca.pem")];
    let refused = Payment::try_start(&kafka.tls_bootstrap(), &nowhere);
    let said = refused.map(|_| ()).unwrap_err();
    assert!(
        said.contains("[kafka] ca: /nowhere/ca.pem cannot be read"),
        "{said}"
    );
}
