//! The catalogue as customers look at it, a read model of its own.

use serde::{Deserialize, Serialize};
use storm::ReadModel;

use super::{CatalogDeleted, CatalogRegistered, CatalogUpdated, Dish};

/// At `/foodCatalogViews`, each row numbered as its food.
pub(super) fn food_catalog_views() -> ReadModel<FoodCatalogView> {
    ReadModel::at("foodCatalogViews", "foodCatalogView", "foodcatalogid")
        .unpaged()
        .numbered_by_key()
        .found_in_a_list()
        .search_called("findByfoodcatalogid")
        .on(
            |registered: &CatalogRegistered| registered.id,
            FoodCatalogView::registered,
        )
        .on(
            |updated: &CatalogUpdated| updated.id,
            FoodCatalogView::updated,
        )
        .on(
            |deleted: &CatalogDeleted| deleted.id,
            FoodCatalogView::deleted,
        )
        .hidden_when(|row| row.deleted || row.revision.is_none())
        .shown_as(|row| row.dish.clone())
}

/// The newest that is known of a food, in whatever order it is heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FoodCatalogView {
    dish: Dish,
    revision: Option<i64>,
    deleted: bool,
}

impl FoodCatalogView {
    fn registered(&mut self, registered: &CatalogRegistered) {
        self.learn(&registered.dish, 0);
    }

    fn updated(&mut self, updated: &CatalogUpdated) {
        self.learn(&updated.dish, updated.revision);
    }

    fn deleted(&mut self, _: &CatalogDeleted) {
        self.deleted = true;
    }

    fn learn(&mut self, dish: &Dish, revision: i64) {
        if self.revision <= Some(revision) {
            self.dish.clone_from(dish);
            self.revision = Some(revision);
        }
    }
}
