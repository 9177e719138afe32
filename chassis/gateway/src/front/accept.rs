//! In what form the front page is wanted.

use http::HeaderMap;
use http::header::ACCEPT;

/// The forms that there are, the one for who takes anything first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Page,
    /// For programs.
    Hal,
    /// The same, by its plain name.
    Json,
}

const FORMS: [(Form, &str); 3] = [
    (Form::Page, "text/html"),
    (Form::Hal, "application/hal+json"),
    (Form::Json, "application/json"),
];

/// The form that `Accept` weighs most; among equals the one that it names most exactly, for who
/// takes anything besides still prefers what they name (RFC 9110 §12.5.1). `None` when it takes none.
pub(super) fn wanted(headers: &HeaderMap) -> Option<Form> {
    let lines = headers.get_all(ACCEPT).iter();
    let lists: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    let accepted = lists.join(",");
    if accepted.trim().is_empty() {
        return Some(Form::Page);
    }
    let mut best: Option<((u16, u8), Form)> = None;
    for (form, name) in FORMS {
        let Some((exactness, weight)) = weighed(&accepted, name) else {
            continue;
        };
        let rank = (weight, exactness);
        if weight > 0 && best.is_none_or(|(better, _)| rank > better) {
            best = Some((rank, form));
        }
    }
    best.map(|(_, form)| form)
}

/// How exactly the most exact range names it, and that range's weight.
fn weighed(accepted: &str, name: &str) -> Option<(u8, u16)> {
    let (family, _) = name.split_once('/')?;
    let ranges = http_api::weighted(accepted).filter_map(|(range, weight)| {
        let of_family = range.strip_suffix("/*");
        let exactness = if range.eq_ignore_ascii_case(name) {
            2
        } else if of_family.is_some_and(|of| of.eq_ignore_ascii_case(family)) {
            1
        } else if range == "*/*" {
            0
        } else {
            return None;
        };
        Some((exactness, weight))
    });
    ranges.max()
}

#[cfg(test)]
mod tests;
