//! Whether what was printed is what the page shows: times and correlation ids may differ, and
//! `…` stands for anything within its line; alone in the last line, for all that follows.

const ANYTHING: &str = "…";

/// Whether the page shows all that was printed.
pub fn is_shown(page: &[String], printed: &[&str]) -> bool {
    let (page, printed) = match page.split_last() {
        Some((last, before)) if last == ANYTHING => {
            (before, printed.get(..before.len()).unwrap_or_default())
        }
        _ => (page, printed),
    };
    page.len() == printed.len()
        && page
            .iter()
            .zip(printed)
            .all(|(page, line)| alike(page, line))
}

fn alike(page: &str, printed: &str) -> bool {
    let (page, printed) = (timeless(page), timeless(printed));
    let mut pieces = page.split(ANYTHING);
    let Some(mut rest) = printed.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Correlation ids of the page, each with the one that was printed in its place.
pub fn correlations(page: &[String], printed: &[String]) -> Vec<(String, String)> {
    let ids = |line: &str| -> Vec<String> {
        let words = line.split(' ').filter(|word| is_correlation(word));
        words.map(str::to_owned).collect()
    };
    let lines = page.iter().zip(printed);
    lines
        .flat_map(|(page, printed)| ids(page).into_iter().zip(ids(printed)))
        .collect()
}

fn is_correlation(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// With times and long hexadecimal numbers put into one form.
fn timeless(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let shape: String = word
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        if shape == "0000-00-00T00:00:00.000Z" {
            shape
        } else if is_correlation(word) {
            "0".repeat(32)
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn times_and_stories_may_differ_and_nothing_else() {
    let page = "2026-11-21T12:23:50.293Z menu 270ab647204a07576456f5e7e64792c3 {\"teaId\":1}";
    assert!(alike(
        page,
        &page.replace("50.293Z", "59.001Z").replace("270ab", "fffff")
    ));
    assert!(!alike(page, &page.replace("menu", "order")));
    assert!(!alike(page, &page.replace("\"teaId\":1", "\"teaId\":2")));
}

#[test]
fn dots_stand_for_anything_within_a_line() {
    assert!(alike("{\"a\":1,…}", "{\"a\":1,\"b\":2}"));
    assert!(alike("{…\"b\":2…}", "{\"a\":1,\"b\":2,\"c\":3}"));
    assert!(!alike("{\"a\":1,…}", "{\"a\":2,\"b\":2}"));
    assert!(!alike("{…\"b\":2…}", "{\"a\":1,\"b\":3}"));
    assert!(!alike("a", "ab"));
    let page = ["a".to_owned(), "…".to_owned()];
    assert!(is_shown(&page, &["a", "b", "c"]));
    assert!(!is_shown(&page, &["b", "b", "c"]));
    assert!(is_shown(&page[..1], &["a"]));
    assert!(!is_shown(&page[..1], &["a", "b"]));
    assert!(!is_shown(&page[..1], &[]));
}
