use super::*;

const SAID: &str = "\
# TYPE jumun_commits counter
jumun_commits_total{context=\"order\"} 7
jumun_commits_total{context=\"mypage\"} 3
jumun_received_events_total{context=\"mypage\"} 12
jumun_kafka_consumed_total{context=\"mypage\"} 20
jumun_kafka_published_total{context=\"mypage\"} 0
# EOF
";

#[test]
fn a_context_is_told_from_its_neighbours_in_the_same_text() {
    let mypage = Work {
        consumed: 20,
        received: 12,
        commits: 3,
        produced: 0,
    };
    assert_eq!(Work::counted(SAID, "mypage"), Some(mypage));
    assert_eq!(Work::counted(SAID, "order"), None, "it does not say all");
}

#[test]
fn what_the_twin_says_is_read_and_what_nobody_knows_is_not() {
    let done = Work {
        consumed: 4,
        received: 3,
        commits: 2,
        produced: 1,
    };
    let said = "consumed=4 received=3 commits=2 produced=1";
    assert_eq!(Work::read(said), Some(done));
    assert_eq!(Work::read("not understood: counts"), None);
    let before = Work {
        received: 1,
        ..Work::default()
    };
    assert_eq!(done.since(before).received, 2);
}
