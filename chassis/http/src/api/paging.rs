//! Which part of a collection is asked for, and the links to its other parts (`wire.md` §1).

use crate::Problem;
use crate::target;

/// What the originals made of a query: what cannot be read is as if it were not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) page: u64,
    pub(super) size: u64,
    pub(super) sorts: Vec<Sort>,
    /// Whether any of the three was given.
    pub(super) explicit: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) field: String,
    pub(super) descending: bool,
}

const SIZE: u64 = 20;
const LARGEST: u64 = 1_000;

impl Asked {
    pub(super) fn of(query: &str) -> Result<Self, Problem> {
        let mut asked = Self {
            page: 0,
            size: SIZE,
            sorts: Vec::new(),
            explicit: false,
        };
        if query.is_empty() {
            return Ok(asked);
        }
        for (name, value) in target::pairs(query)? {
            match &*name {
                "page" => asked.page = value.parse().unwrap_or(0),
                "size" => {
                    let size = value.parse().ok().filter(|size| *size > 0);
                    asked.size = size.unwrap_or(SIZE).min(LARGEST);
                }
                "sort" => asked.sorts.extend(sorts(&value)),
                _ => continue,
            }
            asked.explicit = true;
        }
        Ok(asked)
    }

    pub(super) fn skip(&self) -> u64 {
        self.page.saturating_mul(self.size)
    }

    pub(super) fn pages(&self, total: u64) -> u64 {
        total.div_ceil(self.size)
    }

    /// The path of another part.
    pub(super) fn path(&self, collection: &str, page: u64) -> String {
        let mut path = format!("/{collection}?page={page}&size={}", self.size);
        for sort in &self.sorts {
            path.push_str("&sort=");
            target::encode_into(&mut path, &sort.field);
            path.push_str(if sort.descending { ",desc" } else { ",asc" });
        }
        path
    }
}

/// `qty,price,desc` sorts by both, the first counting most; each `sort` has a direction of its own.
fn sorts(value: &str) -> Vec<Sort> {
    let mut fields: Vec<&str> = value.split(',').map(str::trim).collect();
    let last = fields.last().copied().filter(|_| fields.len() > 1);
    let descending = last.is_some_and(|last| last.eq_ignore_ascii_case("desc"));
    if descending || last.is_some_and(|last| last.eq_ignore_ascii_case("asc")) {
        fields.pop();
    }
    fields
        .into_iter()
        .filter(|field| !field.is_empty())
        .map(|field| Sort {
            field: field.to_owned(),
            descending,
        })
        .collect()
}

#[cfg(test)]
mod tests;
