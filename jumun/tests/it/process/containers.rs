//! What `Dockerfile` and `compose.yaml` tell the binary.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::stage::{Ran, Setup, jumun, systems};

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(path).unwrap()
}

/// Our variables in one of the files, `NAME: VALUE` or `NAME=VALUE`.
fn variables(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter_map(|line| {
        let line = line.trim().trim_end_matches('\\').trim();
        let line = line.strip_prefix("ENV ").unwrap_or(line);
        let (name, value) = line.split_once([':', '='])?;
        let ours = name.starts_with("JUMUN_");
        ours.then(|| (name.to_owned(), value.trim().to_owned()))
    });
    lines.collect()
}

#[test]
fn all_that_containers_are_told_is_understood() {
    let folder = TempDir::new().unwrap();
    let secrets = folder.path().join("secrets");
    fs::create_dir(&secrets).unwrap();
    for secret in ["store_password", "admin_token"] {
        fs::write(secrets.join(secret), "a-secret-of-24-letters--\n").unwrap();
    }
    let mut told = variables(&file("compose.yaml"));
    told.extend(variables(&file("Dockerfile")));
    assert!(told.len() >= 10, "{told:?}");
    let mut check = jumun(&Setup::of_all(), folder.path());
    check.args(["check", "-v", "--port", "0"]);
    for (name, value) in told {
        // Nobody is there to be asked; and the secrets are ours.
        let value = value
            .replace("@postgres:5432", "@127.0.0.1:1")
            .replace("kafka:9092", "127.0.0.1:1")
            .replace("/run/secrets", &secrets.display().to_string());
        check.env(name, value);
    }
    check.env("JUMUN_DATA", folder.path().join("data"));
    let ran = Ran::to_end(&mut check);
    assert!(ran.out.contains("ok       configuration: sound"), "{ran:?}");
}

#[test]
fn each_context_is_a_container_that_the_others_find() {
    let compose = file("compose.yaml");
    let shop = systems().find("fruitstore").unwrap();
    for context in shop.contexts() {
        let (name, port) = (context.name(), context.port());
        let service =
            format!("\n  {name}:\n    <<: *jumun\n    command: [serve, fruitstore, {name}]\n");
        let address = format!(
            "JUMUN_SYSTEMS__FRUITSTORE__{}__ADDRESS: http://{name}:{port}\n",
            name.to_uppercase()
        );
        for part in [service, address] {
            assert!(compose.contains(&part), "compose.yaml lacks {part}");
        }
    }
    let services = compose.matches("command: [serve, fruitstore, ").count();
    assert_eq!(services, shop.contexts().len());
}
