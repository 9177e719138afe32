use super::*;

#[tokio::test]
async fn what_a_process_says_is_handed_on_but_for_its_last_word() {
    let (tell, mut news) = mpsc::unbounded_channel();
    let child = Child {
        part: Part {
            name: "table".to_owned(),
            arguments: Vec::new(),
            variables: Vec::new(),
            door: false,
            address: "http://127.0.0.1:1".to_owned(),
        },
        width: 8,
        supervise: crate::configuration::Configuration::default().supervise,
        tell,
    };
    let errors = &b"a warning\njumun: two things\nare wrong\n"[..];
    let serving = watch::Sender::new(false);
    let listening = child.listen(Some(&b"serving\n"[..]), Some(errors), &serving);
    let (served, last_word) = listening.await;
    assert!(served && *serving.borrow());
    assert_eq!(last_word, "two things\nare wrong");
    assert!(matches!(news.try_recv(), Ok(News::Serves(name)) if name == "table"));
    assert_eq!(child.marked("a line"), "table    | a line");
    assert_eq!(child.marked("{\"level\":\"WARN\"}"), "{\"level\":\"WARN\"}");
}
