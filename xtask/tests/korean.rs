//! Every refusal speaks Korean, too: wherever the code makes a `Refusal` or a `Problem`, `.ko(…)` follows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails where it stands"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, ExprMethodCall, Lit};

/// What makes a refusal, and needs a sentence in Korean.
const MAKES: [&str; 9] = [
    "conflict",
    "invalid",
    "not_found",
    "not_yet",
    "unavailable",
    "unreadable",
    "in_doubt",
    "new",
    "bad_request",
];

/// Looks at the refusals of one file.
#[derive(Default)]
struct Refusals {
    /// It declares `Problem`, which is called `Self` there.
    is_of_problems: bool,
    /// Those that are given a sentence in Korean, by where they lie in memory.
    korean: BTreeSet<*const ExprCall>,
    made: usize,
    without: Vec<String>,
}

/// The call that a chain of methods begins with.
fn root(mut expr: &Expr) -> Option<&ExprCall> {
    loop {
        match expr {
            Expr::MethodCall(method) => expr = &method.receiver,
            Expr::Paren(paren) => expr = &paren.expr,
            Expr::Call(call) => return Some(call),
            _ => return None,
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|what| what == "test")
    })
}

/// Its first text, e.g. its code; `None` when it has none and only hands on what it is given.
fn first_text(call: &ExprCall) -> Option<String> {
    call.args.iter().find_map(|argument| match argument {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

impl Refusals {
    fn makes_one(&self, whose: &str, call: &ExprCall) -> bool {
        match whose {
            // Without a word, as `Problem::not_found()`, it has its own.
            "Refusal" | "Problem" => !call.args.is_empty(),
            "Self" => self.is_of_problems && first_text(call).is_some(),
            _ => false,
        }
    }
}

impl<'ast> Visit<'ast> for Refusals {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_method_call(&mut self, method: &'ast ExprMethodCall) {
        if method.method == "ko"
            && let Some(call) = root(&method.receiver)
        {
            self.korean.insert(call);
        }
        visit::visit_expr_method_call(self, method);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func {
            let names: Vec<String> = function
                .path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect();
            if let [.., whose, makes] = &names[..]
                && self.makes_one(whose, call)
                && MAKES.contains(&makes.as_str())
            {
                self.made += 1;
                if !self.korean.contains(&std::ptr::from_ref(call)) {
                    let text = first_text(call).unwrap_or_default();
                    self.without.push(format!("{whose}::{makes}({text:?} …)"));
                }
            }
        }
        visit::visit_expr_call(self, call);
    }
}

/// Rust files of what answers requests, without their tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if ["target", "testkit"].contains(&name.as_str()) || name.starts_with("tests") {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn whatever_is_refused_is_refused_in_korean_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["chassis", "systems", "jumun/src"] {
        sources(&root.join(folder), &mut files);
    }
    let (mut made, mut without) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let mut refusals = Refusals {
            is_of_problems: text.contains("pub struct Problem"),
            ..Refusals::default()
        };
        refusals.visit_file(&parsed);
        made += refusals.made;
        let place = file.strip_prefix(root).unwrap().display().to_string();
        let those = refusals.without.iter();
        without.extend(those.map(|refusal| format!("{place}: {refusal}")));
    }
    assert!(
        made > 100,
        "only {made} refusals were found: where are they?"
    );
    assert!(
        without.is_empty(),
        "these have no sentence in Korean; put .ko(\"…\") behind them:\n{}",
        without.join("\n")
    );
}

fn without(source: &str) -> Vec<String> {
    let mut refusals = Refusals::default();
    refusals.visit_file(&syn::parse_file(source).unwrap());
    refusals.without
}

#[test]
fn a_refusal_without_korean_is_found_wherever_it_stands() {
    for source in [
        r#"fn f() -> Refusal { Refusal::conflict("cold", "It is cold.") }"#,
        r#"fn f() -> Refusal { Refusal { field: None, ..Refusal::not_found("cold", "It is cold.") } }"#,
        r#"fn f() -> Problem { http_api::Problem::new(S, "cold", "It is cold.").field("tea").ko_not("x") }"#,
    ] {
        assert_eq!(without(source).len(), 1, "{source}");
    }
    for source in [
        r#"fn f() -> Refusal { Refusal::conflict("cold", "It is cold.").ko("차갑습니다.") }"#,
        r#"fn f() -> Problem { Problem::new(S, "cold", "It is cold.").field("tea").ko("차갑습니다.").retry_after(1) }"#,
        r#"#[cfg(test)] mod tests { fn f() -> Refusal { Refusal::conflict("cold", "It is cold.") } }"#,
    ] {
        assert_eq!(without(source).len(), 0, "{source}");
    }
}
