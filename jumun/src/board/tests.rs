use super::*;
use crate::toy;

#[allow(
    clippy::unnecessary_wraps,
    reason = "declarations want functions that may refuse, or have nothing to say"
)]
pub(super) mod town;

/// All that is on the wall of the teahouse.
const IN_THE_TEAHOUSE: [&str; 14] = [
    "kitchen",
    "table",
    "display",
    "create kettle",
    "remove kettle",
    "kettle",
    "is_the_table_laid",
    "KettleBoiled",
    "KettleCooled",
    "cooling",
    "cup",
    "CupPoured",
    "whenever_kettle_boiled_pour_cup",
    "/teas",
];

/// All that is on the wall of the town.
const IN_THE_TOWN: [&str; 18] = [
    "registrationOfFestivalVisitors",
    "create registration",
    "registerExaminationOfACitizen",
    "confirming_asks_town_hall_to_examine",
    "registration",
    "RegistrationOfACitizenForTheYearlyFestivalRequested",
    "RegistrationConfirmed",
    "withoutAnswer",
    "좌석",
    "SeatTaken",
    "SeatGivenBack",
    "whenever_permit_given_confirm_registration",
    "whenever_registration_confirmed_take_seat",
    "tell_the_citizen_by_message_that_the_seat_is_taken",
    "/좌석별신청현황조회",
    "town-hall",
    "permit-of-stay",
    "/citizensRegistrationOverviews",
];

const FORMATS: [Format; 3] = [Format::Text, Format::Mermaid, Format::Svg];

/// What is written on a picture, with the lines of each sticker joined again.
fn written(svg: &str) -> String {
    let pieces = svg.split('<').filter_map(|piece| piece.split_once('>'));
    pieces
        .flat_map(|(tag, text)| {
            // A new sticker begins with its paper.
            let gap = if tag.starts_with("rect") { "\n" } else { "" };
            [gap, text.trim_end_matches('\n')]
        })
        .collect()
}

#[test]
fn every_sticker_of_the_declaration_is_drawn_in_every_format() {
    let walls = [
        (toy::system(), IN_THE_TEAHOUSE.as_slice()),
        (town::system(), IN_THE_TOWN.as_slice()),
    ];
    for (system, on_the_wall) in &walls {
        for format in FORMATS {
            let mut drawn = draw(system, format, false);
            if format == Format::Svg {
                drawn = written(&drawn);
            }
            for sticker in *on_the_wall {
                assert!(
                    drawn.contains(sticker),
                    "{sticker} is not in {format:?}:\n{drawn}"
                );
            }
        }
    }
}

/// The words of the text's line that has this sticker.
fn row(drawn: &str, sticker: &str) -> String {
    let rows: Vec<Vec<&str>> = drawn
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let found = rows.iter().find(|words| words.contains(&sticker));
    found.expect(sticker).join(" ")
}

#[test]
fn text_says_where_events_lead_and_where_policies_come_from() {
    let drawn = draw(&toy::system(), Format::Text, false);
    assert_eq!(
        row(&drawn, "KettleBoiled"),
        "event KettleBoiled → table, display"
    );
    assert_eq!(
        row(&drawn, "whenever_kettle_boiled_pour_cup"),
        "policy whenever_kettle_boiled_pour_cup kitchen's KettleBoiled → cup"
    );
    assert_eq!(
        row(&drawn, "is_the_table_laid"),
        "external call is_the_table_laid → table"
    );
    assert_eq!(row(&drawn, "cooling"), "deadline cooling after 90s");
    assert_eq!(row(&drawn, "create"), "command create kettle POST /kettles");
    assert!(!drawn.contains('\x1b'));
    assert!(draw(&toy::system(), Format::Text, true).contains('\x1b'));
}

#[test]
fn text_tells_what_happens_at_once_from_what_happens_later_and_what_people_hear() {
    let drawn = draw(&town::system(), Format::Text, false);
    for (sticker, says) in [
        (
            "whenever_registration_confirmed_take_seat",
            "policy at once whenever_registration_confirmed_take_seat RegistrationConfirmed → 좌석, in the same commit",
        ),
        (
            "whenever_permit_given_confirm_registration",
            "policy whenever_permit_given_confirm_registration town-hall's PermitGiven → registration",
        ),
        (
            "tell_the_citizen_by_message_that_the_seat_is_taken",
            "notification tell_the_citizen_by_message_that_the_seat_is_taken SeatTaken → people",
        ),
        (
            "RegistrationConfirmed",
            "event RegistrationConfirmed at once → 좌석",
        ),
        (
            "SeatTaken",
            "event SeatTaken → registrationOfFestivalVisitors, overview, people",
        ),
        (
            "registerExaminationOfACitizen",
            "command registerExaminationOfACitizen PUT /festivalRegistrations/registerExaminationOfACitizen",
        ),
        (
            "/festivalRegistrations;",
            "aggregate registration /festivalRegistrations; found by permit; listed by street; searched by name",
        ),
        (
            "/좌석들;",
            "aggregate 좌석 /좌석들; numbered as registration",
        ),
    ] {
        assert_eq!(row(&drawn, sticker), says);
    }
}

#[test]
fn the_notes_of_a_context_stand_in_one_column_of_the_terminal() {
    let drawn = draw(&town::system(), Format::Text, false);
    let of_first = drawn.split("\n\n").nth(1).unwrap();
    let begins: Vec<usize> = [
        "POST /",
        "/좌석들;",
        "town-hall's PermitGiven",
        "found by id",
    ]
    .into_iter()
    .map(|note| {
        let line = of_first.lines().find(|line| line.contains(note));
        let line = line.expect(note);
        columns::columns(&line[..line.find(note).unwrap()])
    })
    .collect();
    assert!(begins.windows(2).all(|two| two[0] == two[1]), "{begins:?}");
}

/// Checks that a flowchart's brackets close and its arrows join what there is; how many there are.
fn arrows(drawn: &str) -> usize {
    let lines: Vec<&str> = drawn.lines().map(str::trim).collect();
    assert_eq!(lines[0], "flowchart LR");
    let opened = lines.iter().filter(|l| l.starts_with("subgraph ")).count();
    assert_eq!(opened, lines.iter().filter(|l| **l == "end").count());
    let nodes: Vec<&str> = lines
        .iter()
        .filter_map(|line| {
            line.strip_prefix("subgraph ")
                .unwrap_or(line)
                .split_once('[')
        })
        .map(|(id, _)| id)
        .collect();
    for id in &nodes {
        let plain = |letter: char| letter.is_alphanumeric() || letter == '_';
        assert!(id.chars().all(plain), "{id}");
        assert_eq!(nodes.iter().filter(|other| *other == id).count(), 1, "{id}");
    }
    let mut arrows = 0;
    for line in &lines {
        for shape in [" --> ", " -.-> ", " ==> "] {
            if let Some((from, to)) = line.split_once(shape) {
                arrows += 1;
                assert!(nodes.contains(&from) && nodes.contains(&to), "{line}");
            }
        }
    }
    arrows
}

#[test]
fn mermaid_closes_its_subgraphs_and_draws_arrows_between_known_nodes_only() {
    let drawn = draw(&toy::system(), Format::Mermaid, false);
    assert!(arrows(&drawn) > 10, "{drawn}");
    assert!(drawn.contains("kitchen__event_KettleBoiled --> table__policy0"));
    assert!(drawn.contains("kitchen__kettle__ask0 -.-> table"));
    assert!(!drawn.contains("people"), "nobody is told anything");

    let drawn = draw(&town::system(), Format::Mermaid, false);
    assert!(arrows(&drawn) > 15, "{drawn}");
    for arrow in [
        "event_RegistrationConfirmed ==> registrationOfFestivalVisitors__policy1",
        "__policy1 ==> registrationOfFestivalVisitors__좌석",
        "town_hall__event_PermitGiven --> registrationOfFestivalVisitors__policy0",
        "__notification0 -.-> people__",
        "__ask0 -.-> town_hall",
    ] {
        assert!(drawn.contains(arrow), "{arrow}\n{drawn}");
    }
}

#[test]
fn the_picture_is_well_formed_and_every_sticker_lies_within_it_and_over_no_other() {
    for system in [toy::system(), town::system()] {
        let drawn = draw(&system, Format::Svg, false);
        let mut open: Vec<&str> = Vec::new();
        for tag in drawn.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap();
            let name = tag.split([' ', '\n']).next().unwrap();
            if let Some(closed) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed));
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty());
        let number = |tag: &str, name: &str| -> usize {
            let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        let (width, height) = (number(&drawn, "width"), number(&drawn, "height"));
        let stickers: Vec<_> = drawn
            .lines()
            .filter(|line| line.starts_with("<rect x="))
            .map(|line| ["x", "y", "width", "height"].map(|name| number(line, name)))
            .collect();
        assert!(stickers.len() > 14);
        for (place, [x, y, wide, high]) in stickers.iter().enumerate() {
            assert!(x + wide <= width && y + high <= height, "{x} {y}");
            for [x2, y2, wide2, high2] in stickers.iter().skip(place + 1) {
                let beside = x + wide <= *x2 || x2 + wide2 <= *x;
                let above = y + high <= *y2 || y2 + high2 <= *y;
                assert!(beside || above, "{x} {y} lies over {x2} {y2}");
            }
        }
    }
}

#[test]
fn a_policy_of_the_same_commit_looks_different_from_a_later_one() {
    let drawn = draw(&town::system(), Format::Svg, false);
    let (thick, _) = Colour::AtOnce.rim();
    // In the legend, and on the wall.
    assert_eq!(drawn.matches(&format!("stroke=\"{thick}\"")).count(), 2);
    let coloured = draw(&town::system(), Format::Text, true);
    assert!(coloured.contains("38;5;99m■ policy at once"), "{coloured}");
}
