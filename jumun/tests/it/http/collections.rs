//! Collections, their pages, their order, searches, and links.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fruitstore::{Shop, apples};
use crate::stage::id_of;
use crate::wire::{Connection, Request};

fn orders_with_quantities(shop: &Shop, quantities: impl Iterator<Item = i32>) {
    let mut connection = Connection::open(shop.address()).unwrap();
    for qty in quantities {
        let mut order = apples();
        order["qty"] = json!(qty);
        connection
            .send(&Request::post("/orders", &order))
            .unwrap()
            .expect(201);
    }
}

fn relations(page: &Value) -> Vec<&str> {
    page["_links"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The path and query of a link.
fn path<'a>(shop: &Shop, link: &'a Value) -> &'a str {
    let href = link["href"]
        .as_str()
        .unwrap_or_else(|| panic!("no link: {link}"));
    href.strip_prefix(&shop.url(""))
        .unwrap_or_else(|| panic!("{href} leads elsewhere"))
}

#[test]
fn a_collection_is_walked_through_by_its_links() {
    let shop = Shop::start();
    orders_with_quantities(&shop, 1..=45);
    let first = shop.get("/orders").expect(200).json();
    assert_eq!(
        first["page"],
        json!({"size": 20, "totalElements": 45, "totalPages": 3, "number": 0})
    );
    assert_eq!(
        relations(&first),
        ["first", "self", "next", "last", "profile"]
    );
    let middle = shop
        .get(path(&shop, &first["_links"]["next"]))
        .expect(200)
        .json();
    assert_eq!(
        relations(&middle),
        ["first", "prev", "self", "next", "last", "profile"]
    );
    let last = shop
        .get(path(&shop, &middle["_links"]["next"]))
        .expect(200)
        .json();
    assert_eq!(
        relations(&last),
        ["first", "prev", "self", "last", "profile"]
    );
    let ids: Vec<i64> = [&first, &middle, &last]
        .iter()
        .flat_map(|page| page["_embedded"]["orders"].as_array().unwrap())
        .map(id_of)
        .collect();
    assert_eq!(ids, (1..=45).collect::<Vec<_>>());
    assert_eq!(shop.get(path(&shop, &first["_links"]["last"])).json(), last);
    assert_eq!(
        shop.get(path(&shop, &last["_links"]["first"])).json()["page"],
        first["page"]
    );
}

#[test]
fn an_empty_collection_is_an_empty_list() {
    let shop = Shop::start();
    for collection in ["orders", "payments", "deliveries", "myPages"] {
        let page = shop.get(&format!("/{collection}")).expect(200).json();
        assert_eq!(page["_embedded"][collection], json!([]));
        assert_eq!(page["_links"]["self"]["templated"], true);
        assert_eq!(
            page["page"],
            json!({"size": 20, "totalElements": 0, "totalPages": 0, "number": 0})
        );
    }
}

#[test]
fn a_page_that_makes_no_sense_is_the_usual_one() {
    let shop = Shop::start();
    orders_with_quantities(&shop, 1..=3);
    let numbers = |query: &str| {
        let page = shop.get(&format!("/orders?{query}")).expect(200).json()["page"].take();
        (
            page["number"].as_u64().unwrap(),
            page["size"].as_u64().unwrap(),
        )
    };
    assert_eq!(numbers("page=-1&size=-5"), (0, 20));
    assert_eq!(numbers("page=abc&size=xyz"), (0, 20));
    assert_eq!(numbers("size=0"), (0, 20));
    assert_eq!(numbers("size=99999999999999999999"), (0, 20));
    assert_eq!(numbers("size=5000"), (0, 1000));
    let beyond = shop
        .get("/orders?page=18446744073709551615&size=1000")
        .expect(200)
        .json();
    assert_eq!(beyond["_embedded"]["orders"], json!([]));
}

#[test]
fn a_collection_can_be_sorted_by_what_it_shows() {
    let shop = Shop::start();
    orders_with_quantities(&shop, [5, 1, 9, 5, 7].into_iter());
    let ids = |query: &str| -> Vec<i64> {
        let page = shop.get(&format!("/orders?{query}")).expect(200).json();
        page["_embedded"]["orders"]
            .as_array()
            .unwrap()
            .iter()
            .map(id_of)
            .collect()
    };
    assert_eq!(ids("sort=qty"), [2, 1, 4, 5, 3]);
    assert_eq!(ids("sort=qty,desc"), [3, 5, 1, 4, 2]);
    assert_eq!(ids("sort=qty,desc&sort=id,desc"), [3, 5, 4, 1, 2]);
    assert_eq!(ids("sort=id,desc&size=2&page=1"), [3, 2]);
    assert_eq!(ids("sort=nonsense,desc"), [1, 2, 3, 4, 5]);
    let page = shop.get("/orders?sort=qty,desc&size=2").expect(200).json();
    let next = path(&shop, &page["_links"]["next"]);
    assert_eq!(next, "/orders?page=1&size=2&sort=qty,desc");
    assert_eq!(ids(next.split_once('?').unwrap().1), [1, 4]);
}

#[test]
fn what_belongs_to_an_order_is_found_by_its_number() {
    let shop = Shop::start();
    let (one, two) = (shop.place(), shop.place());
    shop.settle();
    for collection in ["payments", "deliveries", "myPages"] {
        let searches = shop
            .get(&format!("/{collection}/search"))
            .expect(200)
            .json();
        let template = path(&shop, &searches["_links"]["findByOrderId"]).to_owned();
        assert_eq!(
            template,
            format!("/{collection}/search/findByOrderId{{?orderId}}")
        );
        for order in [one, two] {
            let found = shop.of_order(collection, order).unwrap();
            assert_eq!(found["orderId"], order);
        }
        let missing = shop
            .get(&format!("/{collection}/search/findByOrderId"))
            .expect(400);
        assert_eq!(missing.json()["field"], "orderId");
        shop.get(&format!("/{collection}/search/findByNothing?orderId=1"))
            .expect(404);
    }
}

#[test]
fn a_search_for_the_only_one_that_finds_none_is_answered_404() {
    let shop = Shop::start();
    for orders in 0..2 {
        for collection in ["payments", "deliveries", "myPages"] {
            for value in ["4711", "", "abc"] {
                let path = format!("/{collection}/search/findByOrderId?orderId={value}");
                let none = shop.get(&path);
                assert_eq!(none.status, 404, "{path}, {orders} orders: {none}");
            }
        }
        shop.delivery_of(shop.place());
        shop.settle();
    }
}

#[test]
fn every_link_leads_somewhere() {
    let shop = Shop::start();
    let order = shop.place();
    shop.delivery_of(order);
    shop.settle();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut ahead = vec!["/".to_owned()];
    let mut broken = Vec::new();
    while let Some(next) = ahead.pop() {
        if !seen.insert(next.clone()) {
            continue;
        }
        let answer = shop.get(&next);
        if answer.status != 200 {
            broken.push(format!("{next}: {}", answer.status));
            continue;
        }
        collect_links(&shop, &answer.json(), &mut ahead);
    }
    assert!(broken.is_empty(), "{broken:?}");
    assert!(seen.contains("/myPages/1") && seen.len() > 12, "{seen:?}");
}

fn collect_links(shop: &Shop, value: &Value, ahead: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "_links" {
                    let links = member.as_object().unwrap().values();
                    // A template without its variables; a search needs one.
                    let plain = links.filter_map(|link| {
                        let path = path(shop, link);
                        let bare = path.split('{').next().unwrap();
                        (!bare.contains("/findBy")).then(|| bare.to_owned())
                    });
                    ahead.extend(plain);
                } else {
                    collect_links(shop, member, ahead);
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_links(shop, item, ahead)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_root_names_every_collection() {
    let shop = Shop::start();
    let root = shop.get("/").expect(200).json();
    for collection in ["orders", "payments", "deliveries", "myPages"] {
        let link = &root["_links"][collection];
        assert_eq!(
            path(&shop, link),
            format!("/{collection}{{?page,size,sort}}")
        );
        assert_eq!(link["templated"], true);
    }
}
