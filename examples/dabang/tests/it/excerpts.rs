//! Code on the page and code in the files. Blank lines do not matter: the page breaks where it
//! talks.

use std::fs;
use std::path::Path;

use typed::{Block, Kind};

fn read(path: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().filter(said).map(str::to_owned).collect()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as `filter` has it")]
fn said(line: &&str) -> bool {
    !line.trim().is_empty()
}

/// Every file of the example but this test.
pub(crate) fn files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec!["Cargo.toml".to_owned()];
    let mut open = vec![root.join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(root).expect("inside");
                found.push(inside.to_str().expect("a plain name").to_owned());
            }
        }
    }
    found
}

/// The page's blocks of this file, one after the other, are the file.
pub(crate) fn whole(guide: &[Block], path: &str) {
    let mine = guide
        .iter()
        .filter(|block| matches!(&block.kind, Kind::Whole(of) if of == path));
    let mut shown = mine.flat_map(|block| {
        let lines = block.lines.iter().zip(block.line + 1..);
        lines.filter(|(line, _)| said(&line.as_str()))
    });
    for line in read(path) {
        match shown.next() {
            Some((said, _)) if *said == line => {}
            Some((said, at)) => panic!(
                "docs/your-own-system.md:{at}: of {path} the page does not say\n  {line}\nbut\n  {said}"
            ),
            None => panic!("of {path} the page does not say\n  {line}"),
        }
    }
    if let Some((said, at)) = shown.next() {
        panic!("docs/your-own-system.md:{at}: {path} does not say\n  {said}");
    }
}

/// Each line of the block stands in the file, in this order.
pub(crate) fn part(block: &Block, path: &str) {
    let file = read(path);
    let mut file = file.iter();
    for line in block.lines.iter().filter(|line| said(&line.as_str())) {
        assert!(
            file.any(|there| there.starts_with(line.as_str())),
            "{block}: `{line}` is not in {path}"
        );
    }
}
