//! What comes in, what is kept, what goes out.

use serde::{Deserialize, Deserializer, Serialize};

/// The body of `POST /orders`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewOrder {
    #[serde(deserialize_with = "number")]
    user_id: i64,
    prod_nm: String,
    #[serde(deserialize_with = "number")]
    qty: i64,
    #[serde(deserialize_with = "number")]
    price: i64,
    address: String,
}

/// Clients of the shop write `5` and `"5"`, and mean the same (wire.md §1).
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Text(String),
    }
    match Written::deserialize(from)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// An order, as kept and, with links, as shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order<'a> {
    user_id: i64,
    prod_nm: &'a str,
    qty: i64,
    price: i64,
    address: &'a str,
    #[serde(rename = "orderStatus")]
    status: &'static str,
    #[serde(rename = "_links", skip_serializing_if = "Option::is_none")]
    links: Option<Links<'a>>,
}

#[derive(Serialize)]
struct Links<'a> {
    #[serde(rename = "self")]
    me: Link<'a>,
    order: Link<'a>,
}

#[derive(Clone, Copy, Serialize)]
struct Link<'a> {
    href: &'a str,
}

/// The payment of an order, as kept.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payment {
    order_id: i64,
    user_id: i64,
    qty: i64,
    price: i64,
    pay_status: &'static str,
}

impl NewOrder {
    pub(crate) fn order(&self) -> Order<'_> {
        Order {
            user_id: self.user_id,
            prod_nm: &self.prod_nm,
            qty: self.qty,
            price: self.price,
            address: &self.address,
            status: "주문신청",
            links: None,
        }
    }

    pub(crate) fn payment(&self, order_id: i64) -> Payment {
        Payment {
            order_id,
            user_id: self.user_id,
            qty: self.qty,
            price: self.price,
            pay_status: "결제요청",
        }
    }
}

impl<'a> Order<'a> {
    pub(crate) fn at(self, href: &'a str) -> Self {
        let link = Link { href };
        let links = Links {
            me: link,
            order: link,
        };
        Self {
            links: Some(links),
            ..self
        }
    }
}
