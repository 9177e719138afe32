use super::*;

fn asked(query: &str) -> Asked {
    Asked::of(query).unwrap()
}

#[test]
fn what_is_not_asked_for_is_the_first_twenty() {
    let first = asked("");
    assert_eq!((first.page, first.size, first.explicit), (0, 20, false));
    assert_eq!(first.sorts, []);
    assert!(!asked("other=1").explicit);
}

#[test]
fn what_cannot_be_read_is_as_if_it_were_not_there() {
    for query in [
        "page=-1",
        "page=x",
        "page=",
        "size=0",
        "size=-5",
        "size=x",
        "size=99999999999999999999",
        "page=99999999999999999999",
    ] {
        let read = asked(query);
        assert_eq!((read.page, read.size), (0, 20), "{query}");
    }
    assert_eq!(asked("size=1001").size, 1_000);
}

#[test]
fn a_page_beyond_all_numbers_does_not_overflow() {
    let last = asked("page=18446744073709551615&size=1000");
    assert_eq!(last.skip(), u64::MAX);
}

#[test]
fn sorts_are_fields_with_one_direction_each_time() {
    let sorts = |query: &str| {
        let read = asked(query).sorts;
        let shown = |sort: &Sort| {
            let direction = if sort.descending { "-" } else { "" };
            let case = if sort.ignore_case { "~" } else { "" };
            format!("{direction}{case}{}", sort.field)
        };
        read.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(sorts("sort=qty"), ["qty"]);
    assert_eq!(sorts("sort=qty,asc"), ["qty"]);
    assert_eq!(sorts("sort=qty,DESC"), ["-qty"]);
    assert_eq!(sorts("sort=qty,price,desc"), ["-qty", "-price"]);
    assert_eq!(sorts("sort=qty,desc&sort=price"), ["-qty", "price"]);
    assert_eq!(sorts("sort=qty%2Cdesc"), ["-qty"]);
    assert_eq!(sorts("sort=desc"), ["desc"]);
    assert_eq!(sorts("sort=&sort=,"), [""; 0]);
    assert_eq!(sorts("sort=qty,desc,ignorecase"), ["-~qty"]);
    assert_eq!(sorts("sort=qty,price,ASC,IgnoreCase"), ["~qty", "~price"]);
    assert_eq!(sorts("sort=qty,ignorecase&sort=a,desc"), ["~qty", "-a"]);
    assert_eq!(sorts("sort=ignorecase"), ["ignorecase"]);
    assert_eq!(sorts("sort=desc,ignorecase"), ["~desc"]);
}

#[test]
fn each_field_counts_once_and_only_so_many() {
    let again = vec!["address"; 900].join(",");
    assert_eq!(asked(&format!("sort={again}")).sorts.len(), 1);
    let first = asked("sort=a,desc&sort=a&sort=b,a").sorts;
    let shown: Vec<_> = first
        .iter()
        .map(|s| (s.field.as_str(), s.descending))
        .collect();
    assert_eq!(shown, [("a", true), ("b", false)]);

    let fields = |count: usize| {
        let names: Vec<String> = (0..count).map(|i| format!("f{i}")).collect();
        Asked::of(&format!("sort={}", names.join(",")))
    };
    assert_eq!(fields(8).unwrap().sorts.len(), 8);
    assert_eq!(fields(9).unwrap_err().status(), 422);
    let apart: Vec<String> = (0..9).map(|i| format!("sort=f{i}")).collect();
    assert_eq!(Asked::of(&apart.join("&")).unwrap_err().status(), 422);
}

#[test]
fn another_pages_address_asks_for_the_same_order() {
    let read = asked("page=1&size=5&sort=qty,desc&sort=a%26b&sort=c,ignorecase");
    let expected = "/orders?page=2&size=5&sort=qty,desc&sort=a%26b,asc&sort=c,asc,ignorecase";
    assert_eq!(read.path("/orders?", 2), expected);
}

#[test]
fn the_last_page_may_be_short() {
    assert_eq!(asked("size=5").pages(11), 3);
    assert_eq!(asked("size=5").pages(10), 2);
    assert_eq!(asked("size=5").pages(0), 0);
}
