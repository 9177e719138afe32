use std::time::Duration;

use super::{Report, grouped, median, percentile, rate};

fn millis(all: &[u64]) -> Vec<Duration> {
    all.iter().copied().map(Duration::from_millis).collect()
}

#[test]
fn numbers_are_grouped_by_thousands() {
    assert_eq!(grouped(7), "7");
    assert_eq!(grouped(100), "100");
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(rate(71_112.98), "71,112");
}

#[test]
fn a_percentile_is_a_value_that_was_measured() {
    let times = millis(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(percentile(&times, 50), Duration::from_millis(5));
    assert_eq!(percentile(&times, 99), Duration::from_millis(10));
    assert_eq!(percentile(&times[..1], 50), Duration::from_millis(1));
    assert_eq!(percentile(&[], 50), Duration::ZERO);
    assert_eq!(median(millis(&[9, 1, 5])), Duration::from_millis(5));
}

#[test]
fn trouble_stands_on_top_and_is_told_to_the_caller() {
    let mut report = Report {
        text: "numbers".to_owned(),
        trouble: Vec::new(),
    };
    report.trouble("3 orders were lost".to_owned());
    let (text, sound) = report.finish();
    assert!(!sound);
    assert!(text.starts_with("**THIS RUN IS NOT SOUND:**\n\n- 3 orders were lost\n"));
}
