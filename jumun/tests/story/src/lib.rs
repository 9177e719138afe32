//! `#[story]`: one story, told in every shape of a system.
//!
//! ```text
//! #[story]
//! fn a_customer_orders_fruit(shape: Shape) { … }
//! ```
//!
//! makes the tests `a_customer_orders_fruit::in_one_process` and so on, which have the shape play it. A
//! story that only one shape can tell is a plain `#[test]`, and says why.

use proc_macro::{TokenStream, TokenTree};

/// The variants of the harness's `Shape`, and what a test in it is called.
const SHAPES: [(&str, &str); 3] = [
    ("Together", "in_one_process"),
    ("Split", "split_on_postgres_and_kafka"),
    ("Mixed", "split_on_mixed_stores_and_kafka"),
];

/// Stamps out one test a shape.
#[proc_macro_attribute]
pub fn story(_: TokenStream, story: TokenStream) -> TokenStream {
    let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(it) if it.to_string() == "fn");
    let tokens = story.clone().into_iter();
    let Some(name) = tokens.skip_while(|token| !is_fn(token)).nth(1) else {
        return "compile_error!(\"a story is a function\");"
            .parse()
            .unwrap_or_default();
    };
    let tests = SHAPES.map(|(shape, test)| {
        format!("#[test] fn {test}() {{ crate::stage::Shape::{shape}.play(super::{name}); }}")
    });
    let module = format!("mod {name} {{ {} }}", tests.concat());
    let module: TokenStream = module.parse().unwrap_or_default();
    story.into_iter().chain(module).collect()
}
