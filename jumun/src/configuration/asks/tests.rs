use super::*;
use crate::configuration::tests::{from_file, refused};
use crate::systems::{OURS, Systems};

const WINNING: &str = "winning_asks_notice_to_register_winner";

/// How bidding's one question is carried under this configuration.
fn winning(text: &str) -> CallerSettings {
    let configuration = Configuration {
        contexts: [(
            ("bidding".to_owned(), "BiddingExamination".to_owned()),
            crate::configuration::OfContext {
                asks: toml::from_str::<std::collections::BTreeMap<String, AsksPart>>(text)
                    .unwrap()
                    .into_iter()
                    .map(|(name, part)| (name, part.into()))
                    .collect(),
                ..Default::default()
            },
        )]
        .into(),
        ..from_file("[asks]\nat_once = 7").unwrap()
    };
    calling(&configuration).1[WINNING]
}

fn calling(configuration: &Configuration) -> (CallerSettings, QuestionSettings) {
    let bidding = Systems::new(OURS).find("bidding").unwrap();
    let mut contexts = bidding.contexts().iter();
    let examination = contexts.find(|context| context.name() == "BiddingExamination");
    configuration.calling("bidding", examination.unwrap())
}

#[test]
fn a_question_has_what_is_declared_for_it_and_the_others_have_what_the_originals_had() {
    let (usual, own) = calling(&Configuration::default());
    assert_eq!(usual, CallerSettings::default());
    assert_eq!(usual.deadline, Duration::from_millis(610));
    assert_eq!(own[WINNING].deadline, Duration::from_secs(1));
    assert_eq!(own[WINNING].breaker, usual.breaker);
}

#[test]
fn what_is_configured_for_all_goes_before_what_is_declared_and_what_is_for_one_before_both() {
    let for_all = from_file("[asks]\ndeadline = \"2s\"").unwrap();
    assert_eq!(
        calling(&for_all).1[WINNING].deadline,
        Duration::from_secs(2)
    );
    let one = winning(&format!("[{WINNING}]\ndeadline = \"3s\"\nat_least = 5"));
    assert_eq!(one.deadline, Duration::from_secs(3));
    assert_eq!(one.breaker.volume, 5);
    assert_eq!(one.at_once, 7, "what is not set for one is as for all");
}

#[test]
fn a_question_that_is_none_is_refused_with_those_that_there_are() {
    let asks = "[systems.teahouse.kitchen.asks.is_the_table_lade]\ndeadline = \"1s\"";
    refused(
        asks,
        "1:32",
        "there is no question of kitchen called `is_the_table_lade`; there are: is_the_table_laid; did you mean `is_the_table_laid`?",
    );
    let none = "[systems.teahouse.table.asks.anything]\ndeadline = \"1s\"";
    refused(none, "1:30", "nor any other");
    let of_one = "[systems.teahouse.kitchen.asks.is_the_table_laid]\nsleep = \"0s\"";
    refused(of_one, "2:1", "must be longer than 0");
    let wait = "[asks]\nwait = \"11s\"";
    refused(wait, "2:1", "at most 10s");
}
