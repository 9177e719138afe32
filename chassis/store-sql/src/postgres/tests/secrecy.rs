//! Encryption, with a server that has a certificate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::Tls;

/// An authority, and a certificate of it for `localhost`. `None` if there is nothing to make them
/// with.
fn certificates() -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    let make = |of: &str, more: &[&str]| -> Option<()> {
        let made = Command::new("openssl")
            .current_dir(folder.path())
            .args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-subj", &format!("/CN={of}")])
            .args([
                "-keyout",
                &format!("{of}.key"),
                "-out",
                &format!("{of}.pem"),
            ])
            .args(more)
            .output();
        match made {
            Ok(made) if made.status.success() => Some(()),
            other => {
                println!("skipped: openssl makes no certificate: {other:?}");
                None
            }
        }
    };
    make("authority", &[])?;
    make("stranger", &[])?;
    make(
        "localhost",
        &[
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ],
    )?;
    Some(folder)
}

/// Has the server write a file into its own folder, as its own user.
fn hand_over(schema: &Schema, from: &Path, name: &str) {
    let text = fs::read_to_string(from).unwrap().replace('\n', "|");
    schema.run(&format!(
        "COPY (SELECT '{text}') TO PROGRAM 'umask 077; tr \"|\" \"\\n\" > {name}'"
    ));
}

#[test]
fn a_server_is_believed_if_an_authority_that_is_trusted_vouches_for_its_name() {
    let (Some(mut postgres), Some(certificates)) = (Postgres::start(), certificates()) else {
        return;
    };
    let of = |name: &str| -> PathBuf { certificates.path().join(name) };
    let schema = Schema::on(&postgres);
    hand_over(&schema, &of("localhost.pem"), "server.crt");
    hand_over(&schema, &of("localhost.key"), "server.key");
    schema.run("ALTER SYSTEM SET ssl = on");
    postgres.restart();

    let trusting = |host: &str, authority: &str| Server {
        host: host.to_owned(),
        tls: Tls::Verified(Some(of(authority))),
        ..schema.server.clone()
    };
    let mut opened = open(&trusting("localhost", "authority.pem"), &schema.scope).unwrap();
    assert_eq!(opened.writer.commit(&told(1)), Ok(1));
    assert_eq!(ids(&*opened.reader), [1]);
    let encrypted = "
        SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE ssl AND application_name = 'jumun ' || current_schema()";
    assert_eq!(schema.number(encrypted), 2);

    for (host, authority) in [
        ("localhost", "stranger.pem"),
        ("127.0.0.1", "authority.pem"),
    ] {
        let error = open(&trusting(host, authority), &schema.scope)
            .err()
            .unwrap();
        assert!(reason(&error).contains("certificate"), "{error}");
    }
}
