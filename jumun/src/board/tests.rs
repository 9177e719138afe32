use super::*;
use crate::toy;

/// All that is on the wall of the teahouse.
const ON_THE_WALL: [&str; 14] = [
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

#[test]
fn every_sticker_of_the_declaration_is_drawn_in_every_format() {
    for format in [Format::Text, Format::Mermaid, Format::Svg] {
        let drawn = draw(&toy::system(), format, false);
        // The picture breaks long names after underscores.
        let words = drawn.replace("_</text>\n", "_");
        for sticker in ON_THE_WALL {
            let whole =
                words.contains(sticker) || sticker.split('_').all(|part| words.contains(part));
            assert!(whole, "{sticker} is not in {format:?}:\n{drawn}");
        }
    }
}

#[test]
fn text_says_where_events_lead_and_where_policies_come_from() {
    let drawn = draw(&toy::system(), Format::Text, false);
    let line = |start: &str| {
        let found = drawn.lines().find(|line| line.contains(start));
        let words: Vec<&str> = found.expect(start).split_whitespace().collect();
        words.join(" ")
    };
    assert_eq!(
        line("KettleBoiled  "),
        "event KettleBoiled → table, display"
    );
    assert_eq!(
        line("whenever_"),
        "policy whenever_kettle_boiled_pour_cup kitchen's KettleBoiled → cup"
    );
    assert_eq!(line("is_the"), "external call is_the_table_laid → table");
    assert_eq!(line("cooling"), "deadline cooling after 90s");
    assert_eq!(line("create"), "command create kettle POST /kettles");
    assert!(!drawn.contains('\x1b'));
    assert!(draw(&toy::system(), Format::Text, true).contains('\x1b'));
}

#[test]
fn mermaid_closes_its_subgraphs_and_draws_arrows_between_known_nodes_only() {
    let drawn = draw(&toy::system(), Format::Mermaid, false);
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
    let mut arrows = 0;
    for line in &lines {
        for shape in [" --> ", " -.-> "] {
            if let Some((from, to)) = line.split_once(shape) {
                arrows += 1;
                assert!(nodes.contains(&from) && nodes.contains(&to), "{line}");
            }
        }
    }
    assert!(arrows > 10, "{drawn}");
    assert!(drawn.contains("kitchen__event_KettleBoiled --> table__policy0"));
    assert!(drawn.contains("kitchen__kettle__ask0 -.-> table"));
}

#[test]
fn the_picture_is_well_formed_and_every_sticker_lies_within_it() {
    let drawn = draw(&toy::system(), Format::Svg, false);
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
    let stickers: Vec<&str> = drawn
        .lines()
        .filter(|line| line.starts_with("<rect x="))
        .collect();
    assert!(stickers.len() > 14);
    for sticker in stickers {
        assert!(
            number(sticker, "x") + number(sticker, "width") <= width,
            "{sticker}"
        );
        assert!(
            number(sticker, "y") + number(sticker, "height") <= height,
            "{sticker}"
        );
    }
}
