use super::*;

#[test]
fn a_number_and_its_text_are_kept_apart() {
    assert_eq!(kept(&5.into()), b"n5");
    assert_eq!(kept(&"5".into()), b"t5");
}

#[test]
fn long_texts_are_folded_and_stay_apart() {
    let long = "가".repeat(5_000);
    let longer = format!("{long} ");
    let fold = kept_text(&long);
    assert_eq!(fold.len(), 33);
    assert_ne!(fold, kept_text(&longer));
    assert_ne!(kept(&long.as_str().into()), kept(&longer.into()));
}

#[test]
fn no_text_looks_like_a_fold() {
    let fold = kept_text(&"x".repeat(SHORT + 1));
    assert_eq!(std::str::from_utf8(&fold).ok(), None);
    assert_eq!(
        kept_text(&"x".repeat(SHORT)),
        "x".repeat(SHORT).into_bytes()
    );
}
