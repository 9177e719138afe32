use super::*;

fn told(finding: &Finding) -> (bool, &str) {
    match finding {
        Finding::Fine(text) => (true, text),
        Finding::Warning(text) | Finding::Wrong(text) => (false, text),
    }
}

#[test]
fn a_file_is_fine_where_lines_could_be_added_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.jsonl");
    let (fine, text) = (file("x", &path), "x: ");
    assert!(told(&fine).0 && told(&fine).1.starts_with(text));
    assert!(!path.exists(), "it is only looked");
    fs::write(&path, "a line\n").unwrap();
    assert!(told(&file("x", &path)).0);
    assert_eq!(fs::read_to_string(&path).unwrap(), "a line\n");
}

#[test]
fn a_file_without_a_folder_is_wrong_and_so_is_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("missing").join("notices.jsonl");
    for path in [nowhere.as_path(), folder.path()] {
        let finding = file("x", path);
        let (fine, text) = told(&finding);
        assert!(!fine && text.contains("its folder must be there"), "{text}");
    }
}

#[tokio::test]
async fn a_webhook_is_fine_if_its_address_can_be_found() {
    let fine = webhook("x", &"http://127.0.0.1:9/secret".parse().unwrap()).await;
    assert_eq!(told(&fine), (true, "x: 127.0.0.1:9 has an address"));
    let wrong = webhook("x", &"http://no-such-host.invalid/secret".parse().unwrap()).await;
    let (fine, text) = told(&wrong);
    assert!(!fine && text.contains("cannot be found"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}
