use std::path::Path;

use super::*;
use crate::board::tests::town;
use crate::systems::{OURS, Systems};
use crate::toy;

#[test]
fn the_page_in_docs_says_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/context-map.md");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let made = page(&Systems::new(OURS).all());
    if kept == made {
        return;
    }
    let other = kept.lines().zip(made.lines()).find(|(old, new)| old != new);
    panic!(
        "docs/context-map.md is stale: run `cargo xtask context-map`.\nThe first line that differs, as it is and as it should be: {other:#?}"
    );
}

#[test]
fn calls_are_solid_events_dotted_and_both_say_what_goes_over() {
    let map = section(&toy::system());
    for line in [
        "    kitchen[\"kitchen\"]:::aggregate",
        "    display[\"display\"]:::readModel",
        "    kitchen -->|\"is the table laid\"| table",
        "    kitchen -.->|\"KettleBoiled\"| table",
        "    table -.->|\"CupPoured\"| display",
    ] {
        assert!(map.lines().any(|l| l == line), "{line}\n{map}");
    }
    assert!(!map.contains("people__"), "nobody is told anything");
}

#[test]
fn people_are_on_the_map_and_what_happens_inside_a_context_is_not() {
    let map = section(&town::system());
    let from = "registrationOfFestivalVisitors";
    for line in [
        format!("    {from} -.->|\"tell the citizen by message that the seat is taken\"| people__"),
        format!("    {from} -->|\"confirming asks town hall to examine\"| town_hall"),
        "    town_hall[\"town-hall\"]:::aggregate".to_owned(),
        "    people__([\"people\"]):::notification".to_owned(),
    ] {
        assert!(map.lines().any(|l| l == line), "{line}\n{map}");
    }
    let own = map.lines().find(|line| {
        line.starts_with(&format!("    {from} -")) && line.ends_with(&format!("| {from}"))
    });
    assert_eq!(own, None);
}

#[test]
fn each_context_has_a_row_with_all_that_it_is_made_of() {
    let map = section(&town::system());
    let row = |context: &str| -> Vec<String> {
        let row = map
            .lines()
            .find(|l| l.starts_with(&format!("| {context} |")));
        let cells = row.expect(context).trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    assert_eq!(
        row("registrationOfFestivalVisitors"),
        [
            "registrationOfFestivalVisitors",
            "7281",
            "`festival-registration`",
            "`/festivalRegistrations`<br>`/좌석들`<br>`/좌석별신청현황조회`",
            "`POST /festivalRegistrations`<br>`PUT /festivalRegistrations/registerExaminationOfACitizen`",
            "`RegistrationOfACitizenForTheYearlyFestivalRequested`<br>`RegistrationConfirmed`<br>`SeatTaken`<br>`SeatGivenBack`",
            "registrationOfFestivalVisitors: `SeatTaken`<br>town-hall: `PermitGiven`<br>itself, in the same commit: `RegistrationConfirmed`",
            "town-hall: confirming asks town hall to examine",
            "`withoutAnswer` 1h",
            "`SeatTaken`: tell the citizen by message that the seat is taken",
        ]
    );
    assert_eq!(row("overview").len(), COLUMNS.len());
}

#[test]
fn the_page_has_every_system_after_its_head() {
    let page = page(&[toy::system(), town::system()]);
    assert!(page.starts_with("# Context map\n"));
    assert!(page.contains("\n## teahouse\n") && page.contains("\n## 축제\n"));
    assert_eq!(page.matches("```mermaid\n").count(), 2);
    assert_eq!(page.matches("\n```\n").count(), 2);
}
