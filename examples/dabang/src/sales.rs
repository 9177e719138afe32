//! The sales: which tea goes well, and which goes cold.

use serde::{Deserialize, Serialize};
use storm::{Context, Id, ReadModel};

use crate::menu::{TeaOffered, TeaPoured};
use crate::order::{OrderCooled, OrderFetched};

/// One row a tea, at `/sales`.
pub fn context() -> Context {
    Context::new("sales", 8103).read_model(
        ReadModel::at("sales", "sale", "teaId")
            .on(|offered: &TeaOffered| offered.tea_id, Sale::offered)
            .on(|poured: &TeaPoured| poured.tea_id, Sale::poured)
            .on(|fetched: &OrderFetched| fetched.tea_id, Sale::fetched)
            .on(|cooled: &OrderCooled| cooled.tea_id, Sale::cooled),
    )
}

/// How one tea sells. Events of menu and of order come in any order; counting does not mind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sale {
    tea_id: Id,
    name: String,
    poured: u32,
    fetched: u32,
    cooled: u32,
}

impl Sale {
    fn offered(&mut self, offered: &TeaOffered) {
        self.tea_id = offered.tea_id;
        self.name.clone_from(&offered.tin.name);
    }

    fn poured(&mut self, poured: &TeaPoured) {
        self.tea_id = poured.tea_id;
        self.poured += 1;
    }

    fn fetched(&mut self, fetched: &OrderFetched) {
        self.tea_id = fetched.tea_id;
        self.fetched += 1;
    }

    fn cooled(&mut self, cooled: &OrderCooled) {
        self.tea_id = cooled.tea_id;
        self.cooled += 1;
    }
}
