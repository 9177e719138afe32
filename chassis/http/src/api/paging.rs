//! Which part of a collection is asked for, and the links to its other parts (`wire.md` §1).

use http::StatusCode;

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
    /// Whether `page` or `size` was given.
    pub(super) paged: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) field: String,
    pub(super) descending: bool,
    /// Whether capital and small letters sort alike.
    pub(super) ignore_case: bool,
}

/// Fields that a collection can be sorted by at once: with the budget of [`super::sorting`], this
/// bounds what a sort costs.
const SORT_FIELDS_MAX: usize = 8;

const SIZE: u64 = 20;
const LARGEST: u64 = 1_000;

impl Asked {
    pub(super) fn of(query: &str) -> Result<Self, Problem> {
        let mut asked = Self {
            page: 0,
            size: SIZE,
            sorts: Vec::new(),
            explicit: false,
            paged: false,
        };
        if query.is_empty() {
            return Ok(asked);
        }
        for (name, value) in target::pairs(query)? {
            match &*name {
                "page" => {
                    asked.paged = true;
                    asked.page = value.parse().unwrap_or(0);
                }
                "size" => {
                    asked.paged = true;
                    let size = value.parse().ok().filter(|size| *size > 0);
                    asked.size = size.unwrap_or(SIZE).min(LARGEST);
                }
                "sort" => asked.sort_by(&value)?,
                _ => continue,
            }
            asked.explicit = true;
        }
        Ok(asked)
    }

    /// `qty,price,desc` sorts by both, the first counting most; each `sort` has a direction of its
    /// own. A field that has been named before changes nothing in the order, and is passed over.
    fn sort_by(&mut self, value: &str) -> Result<(), Problem> {
        let (fields, flags) = sort_fields(value);
        for field in fields {
            if field.is_empty() || self.sorts.iter().any(|sort| sort.field == field) {
                continue;
            }
            if self.sorts.len() == SORT_FIELDS_MAX {
                return Err(too_many_fields());
            }
            self.sorts.push(Sort {
                field: field.to_owned(),
                ..flags
            });
        }
        Ok(())
    }

    pub(super) fn skip(&self) -> u64 {
        self.page.saturating_mul(self.size)
    }

    pub(super) fn pages(&self, total: u64) -> u64 {
        total.div_ceil(self.size)
    }

    /// The path of another part. `front` is what comes before, up to `?` or `&`.
    pub(super) fn path(&self, front: &str, page: u64) -> String {
        let mut path = format!("{front}page={page}&size={}", self.size);
        for sort in &self.sorts {
            path.push_str("&sort=");
            target::encode_into(&mut path, &sort.field);
            path.push_str(if sort.descending { ",desc" } else { ",asc" });
            if sort.ignore_case {
                path.push_str(",ignorecase");
            }
        }
        path
    }
}

/// Spring's form, `field,…[,asc|desc][,ignorecase]`: the fields, and how they are sorted.
fn sort_fields(value: &str) -> (impl Iterator<Item = &str>, Sort) {
    let mut flags = Sort {
        field: String::new(),
        descending: false,
        ignore_case: false,
    };
    let mut fields = value;
    // A lone `desc` is the name of a field.
    if let Some((rest, last)) = fields.rsplit_once(',')
        && last.trim().eq_ignore_ascii_case("ignorecase")
    {
        flags.ignore_case = true;
        fields = rest;
    }
    if let Some((rest, last)) = fields.rsplit_once(',') {
        flags.descending = last.trim().eq_ignore_ascii_case("desc");
        if flags.descending || last.trim().eq_ignore_ascii_case("asc") {
            fields = rest;
        }
    }
    (fields.split(',').map(str::trim), flags)
}

fn too_many_fields() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "too-many-sort-fields",
        format!("A collection can be sorted by {SORT_FIELDS_MAX} fields at once; name the most important ones only."),
    )
    .ko(format!(
        "한 번에 {SORT_FIELDS_MAX}개 항목까지만 정렬할 수 있습니다. 가장 중요한 항목만 지정해 주세요."
    ))
    .field("sort")
}

#[cfg(test)]
mod tests;
