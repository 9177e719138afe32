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

async fn planned(replicas: u16, text: &str) -> Plan {
    let flags = vec!["--chaos".into()];
    let configuration = configured(text);
    let system = toy::system();
    let plan = Plan::of(&system, replicas, flags, &configuration);
    plan.await.unwrap()
}

#[tokio::test]
async fn there_is_a_process_for_each_context_and_one_for_the_door() {
    let plan = planned(1, "port = 0").await;
    let names: Vec<&str> = plan.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["kitchen", "table", "display", "gateway"]);
    let ports: BTreeSet<u16> = plan
        .contexts
        .iter()
        .flat_map(|(_, ports)| ports.clone())
        .collect();
    assert_eq!(ports.len(), 3, "each its own: {ports:?}");
    let (_, table) = &plan.contexts[1];
    let told = &plan.parts[0].variables;
    let at = format!("http://127.0.0.1:{}", table[0]);
    assert!(told.contains(&("JUMUN_SYSTEMS__TEAHOUSE__TABLE__ADDRESS".to_owned(), at)));
    let token = told.iter().find(|(name, _)| name == "JUMUN_ADMIN_TOKEN");
    assert!(
        plan.parts.iter().all(|part| token == part.variables.last()),
        "one token for all"
    );
    let port = table[0].to_string();
    let arguments = [
        "serve",
        "teahouse",
        "table",
        "--supervised",
        "--port",
        &port,
        "--chaos",
    ];
    assert_eq!(plan.parts[1].arguments, arguments);
    assert!(plan.parts[3].door);
}

#[tokio::test]
async fn replicas_have_ports_of_their_own_and_a_file_has_one_process() {
    let plan = planned(
        3,
        "port = 0\nadmin_token = \"0123456789abcdef\"\n[systems.teahouse.table]\nstore = \"postgres://tea@db/x\"",
    )
    .await;
    let names: Vec<&str> = plan.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "kitchen", "table", "table 2", "table 3", "display", "gateway"
        ]
    );
    let (_, table) = &plan.contexts[1];
    assert_eq!(table.len(), 3);
    let addresses: Vec<String> = table
        .iter()
        .map(|port| format!("http://127.0.0.1:{port}"))
        .collect();
    let told = &plan.parts[5].variables;
    assert_eq!(told[1].1, addresses.join(","));
    assert_eq!(told.len(), 3, "the token is configured already: {told:?}");
}

#[test]
fn what_cannot_work_is_said_before_anything_is_started() {
    let said = |replicas, text| {
        let refused = fits(&toy::system(), replicas, &configured(text));
        refused.expect_err(text).to_string()
    };
    assert!(said(2, "").contains("[kafka]"));
    if !engines::Engine::Kafka.is_in() {
        let text = "[kafka]\nbrokers = \"k:9092\"";
        assert!(said(1, text).contains("kafka`"), "{}", said(1, text));
    }
    fits(&toy::system(), 1, &configured("")).unwrap();
}

#[tokio::test]
async fn with_others_let_in_the_contexts_stay_on_this_machine_and_believe_their_door() {
    let plan = planned(1, "bind = \"0.0.0.0\"\ntrusted_proxies = \"10.0.0.0/8\"").await;
    let said = |part: &plan::Part| {
        let bind = part.arguments.iter().position(|word| word == "--bind");
        let bind = part.arguments[bind.unwrap() + 1].to_str().unwrap();
        let mut variables = part.variables.iter();
        let trusted = variables.find(|(name, _)| name == "JUMUN_TRUSTED_PROXIES");
        (bind.to_owned(), trusted.map(|(_, list)| list.clone()))
    };
    let door = plan.parts.last().unwrap();
    assert_eq!(said(door), ("0.0.0.0".to_owned(), None));
    let list = "10.0.0.0/8,127.0.0.0/8,::1/128".to_owned();
    assert_eq!(said(&plan.parts[0]), ("127.0.0.1".to_owned(), Some(list)));
    let told = &plan.parts[3].variables;
    let (_, address) = told
        .iter()
        .find(|(name, _)| name.contains("TABLE"))
        .unwrap();
    assert!(address.starts_with("http://127.0.0.1:"), "{address}");

    let plan = planned(1, "bind = \"0.0.0.0\"\ncontext_ports = true").await;
    assert_eq!(said(&plan.parts[0]), ("0.0.0.0".to_owned(), None));
}
