//! Numbers of kinds. A record lies under its kind's number, so that a read model that was rebuilt
//! aside takes the place of the old one by taking its name.

/// The kinds, as of a commit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    /// The commit that they are known from; none when they are not known.
    edition: Option<i64>,
    numbers: Vec<(String, i64)>,
}

impl Kinds {
    pub(crate) fn new(edition: i64, numbers: Vec<(String, i64)>) -> Self {
        Self {
            edition: Some(edition),
            numbers,
        }
    }

    pub(crate) fn edition(&self) -> Option<i64> {
        self.edition
    }

    /// They are what they were, also after this commit.
    pub(crate) fn hold_at(&mut self, edition: i64) {
        self.edition = Some(edition);
    }

    /// `None` when nothing of this kind was ever kept.
    pub(crate) fn number(&self, kind: &str) -> Option<i64> {
        // There are a handful: going through them is quicker than hashing.
        self.numbers
            .iter()
            .find_map(|(name, number)| (name == kind).then_some(*number))
    }

    /// The number of a kind, and whether it is new: then it must be written down.
    pub(crate) fn number_or_new(&mut self, kind: &str) -> (i64, bool) {
        if let Some(number) = self.number(kind) {
            return (number, false);
        }
        let taken = self.numbers.iter().map(|(_, number)| *number).max();
        let number = taken.unwrap_or(0) + 1;
        self.numbers.push((kind.to_owned(), number));
        (number, true)
    }
}

/// Kinds that are new, and how much each grew in a commit: each once.
#[derive(Default)]
pub(crate) struct Grown<'c>(Vec<(i64, &'c str, i64)>);

impl<'c> Grown<'c> {
    /// The number of a kind; of one that is new it is noted.
    pub(crate) fn number(&mut self, kinds: &mut Kinds, kind: &'c str) -> i64 {
        let (number, is_new) = kinds.number_or_new(kind);
        if is_new {
            self.0.push((number, kind, 0));
        }
        number
    }

    pub(crate) fn by(&mut self, kinds: &mut Kinds, kind: &'c str, by: i64) {
        let number = self.number(kinds, kind);
        // There are a handful: going through them is quicker than hashing.
        match self.0.iter_mut().find(|grown| grown.0 == number) {
            Some(grown) => grown.2 += by,
            None => self.0.push((number, kind, by)),
        }
    }

    /// Number, name, and by how much.
    pub(crate) fn rows(&self) -> &[(i64, &'c str, i64)] {
        &self.0
    }
}
