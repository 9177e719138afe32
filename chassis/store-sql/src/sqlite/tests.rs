use std::path::PathBuf;

use storm::store::{CopySource, Opened};
use tempfile::TempDir;
use testkit::store_compliance::StoreUnderTest;

use super::*;

mod closing;
mod damage;
mod earlier_layout;
mod shared_folder;

struct Folder(TempDir);

impl Folder {
    fn fresh() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self) -> PathBuf {
        self.path().join("order.sqlite")
    }
}

impl StoreUnderTest for Folder {
    fn open(&self) -> Opened {
        open(self.path(), "order", Durability::Durable).unwrap()
    }

    fn copy_source(&self) -> Box<dyn CopySource> {
        copy_source(self.path(), "order").unwrap()
    }
}

testkit::store_compliance!(Folder::fresh);
