use super::*;
use crate::configuration::Sources;
use crate::toy;

fn configured(text: &str) -> Configuration {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jumun.toml");
    std::fs::write(&file, text).unwrap();
    let sources = Sources {
        file: Some(&file),
        variables: &[],
        systems: &[toy::system()],
    };
    Configuration::read(&sources).unwrap()
}

fn said(findings: Vec<Finding>) -> String {
    let lines = findings.into_iter().map(|finding| match finding {
        Finding::Fine(text) => format!("ok {text}\n"),
        Finding::Warning(text) => format!("warning {text}\n"),
        Finding::Wrong(text) => format!("wrong {text}\n"),
    });
    lines.collect()
}

#[test]
fn replicas_need_a_server_and_a_bus() {
    let text = "[systems.teahouse.table]\naddress = \"http://a:1,http://b:1\"";
    let found = said(shapes(&toy::system(), &configured(text)));
    assert!(
        found.contains("wrong replicas of table: its `address` names 2"),
        "{found}"
    );
    assert!(found.contains("[kafka]"), "{found}");
    assert_eq!(said(shapes(&toy::system(), &configured(""))), "");
}

#[test]
fn stores_on_servers_without_a_bus_are_for_one_process() {
    let text = "store = \"postgres://tea@db/x\"";
    let found = said(shapes(&toy::system(), &configured(text)));
    assert!(
        found.starts_with("warning teahouse: `jumun up teahouse` can run it"),
        "{found}"
    );
    let with_bus = format!("{text}\n[kafka]\nbrokers = \"k:9092\"");
    assert_eq!(said(shapes(&toy::system(), &configured(&with_bus))), "");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    // Nobody listens on port 1 of this machine.
    for scheme in ["postgres", "mysql"] {
        let text = format!("store = \"{scheme}://tea:hush@127.0.0.1:1?connect=2s\"");
        let found = said(look(&toy::system(), &configured(&text)).await);
        assert_eq!(found.matches("wrong store of").count(), 3, "{found}");
        assert!(found.contains("127.0.0.1:1"), "{found}");
        assert!(!found.contains("hush"), "{found}");
    }
}
