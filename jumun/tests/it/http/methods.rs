//! What can be done, and how it is said that something cannot.

use std::collections::BTreeSet;

use serde_json::json;

use crate::fruitstore::Shop;
use crate::stage::id_of;
use crate::wire::{Answer, Request};

#[test]
fn head_tells_what_get_would_without_its_body() {
    let shop = Shop::start();
    shop.place();
    for path in ["/orders", "/orders/1"] {
        let head = shop.send(&Request::new("HEAD", path)).expect(204);
        let link = format!("<{}>;rel=\"self\"", shop.url(path));
        assert_eq!(head.header("link"), Some(link.as_str()));
    }
    shop.send(&Request::new("HEAD", "/orders/2")).expect(404);
}

#[test]
fn options_and_a_wrong_method_tell_what_can_be_done() {
    let shop = Shop::start();
    shop.delivery_of(shop.place());
    let allowed = |answer: &Answer| -> BTreeSet<String> {
        let allow = answer
            .header("allow")
            .unwrap_or_else(|| panic!("no Allow: {answer}"));
        allow
            .split(',')
            .map(|method| method.trim().to_owned())
            .collect()
    };
    let cases = [
        ("/orders", "GET HEAD OPTIONS POST", "DELETE"),
        ("/orders/1", "DELETE GET HEAD OPTIONS", "PATCH"),
        ("/payments", "GET HEAD OPTIONS POST", "PUT"),
        ("/payments/1", "GET HEAD OPTIONS", "DELETE"),
        ("/deliveries", "GET HEAD OPTIONS", "POST"),
        ("/deliveries/1", "GET HEAD OPTIONS PATCH", "DELETE"),
        ("/myPages", "GET HEAD OPTIONS", "POST"),
        ("/myPages/1", "GET HEAD OPTIONS", "PUT"),
    ];
    for (path, methods, wrong) in cases {
        let methods: BTreeSet<String> = methods.split(' ').map(str::to_owned).collect();
        let options = shop.send(&Request::new("OPTIONS", path)).expect(200);
        assert_eq!(allowed(&options), methods, "OPTIONS {path}");
        assert_eq!(
            options.header("accept-patch").is_some(),
            path == "/deliveries/1"
        );
        let refused = shop
            .send(&Request::new(wrong, path).json(&json!({})))
            .expect(405);
        assert_eq!(allowed(&refused), methods, "{wrong} {path}");
    }
}

#[test]
fn a_delivery_is_patched_by_merge_or_by_json_patch() {
    let shop = Shop::start();
    let merged = id_of(&shop.delivery_of(shop.place()));
    let patched = id_of(&shop.delivery_of(shop.place()));
    let request = Request::new("PATCH", &format!("/deliveries/{merged}")).body(
        "application/merge-patch+json",
        r#"{"deliveryStatus":"배송완료","unknown":1}"#,
    );
    assert_eq!(
        shop.send(&request).expect(200).json()["deliveryStatus"],
        "배송완료"
    );
    let patch = r#"[{"op":"test","path":"/deliveryStatus","value":"배송시작"},{"op":"replace","path":"/deliveryStatus","value":"배송완료"}]"#;
    let request = Request::new("PATCH", &format!("/deliveries/{patched}"))
        .body("application/json-patch+json", patch);
    assert_eq!(
        shop.send(&request).expect(200).json()["deliveryStatus"],
        "배송완료"
    );
    // Tested again, it is not as the patch says.
    shop.send(&request).expect(422);
}
