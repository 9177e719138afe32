//! How much room text takes.

/// In columns of a terminal: Korean and other wide letters take two, marks on letters none.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// After Unicode's East Asian Width (<https://www.unicode.org/reports/tr11/>), by block.
pub(super) fn width(letter: char) -> usize {
    match u32::from(letter) {
        0..=0x1f | 0x7f..=0x9f | 0x300..=0x36f | 0x1160..=0x11ff | 0x200b..=0x200f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xa960..=0xa97f
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}

/// Lines of at most `width` columns. A line ends after a space; a word that is longer than a line
/// also after `_`, `/`, `,` or before a capital letter; a part that is still longer anywhere.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Lines {
        width,
        lines: Vec::new(),
    };
    for word in text.split_inclusive(' ') {
        if columns(word.trim_end()) <= width {
            lines.put(word);
        } else {
            for part in parts(word) {
                lines.put(part);
            }
        }
    }
    lines.lines
}

struct Lines {
    width: usize,
    lines: Vec<String>,
}

impl Lines {
    /// Onto the last line if it fits, else onto new ones.
    fn put(&mut self, part: &str) {
        if let Some(line) = self.lines.last_mut()
            && columns(line) + columns(part.trim_end()) <= self.width
        {
            line.push_str(part);
            return;
        }
        let mut line = String::new();
        let mut taken = 0;
        for letter in part.chars() {
            let more = width(letter);
            if taken + more > self.width && letter != ' ' {
                self.lines.push(std::mem::take(&mut line));
                taken = 0;
            }
            line.push(letter);
            taken += more;
        }
        self.lines.push(line);
    }
}

/// Where a long word may end a line.
fn parts(word: &str) -> Vec<&str> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Option<char> = None;
    for (place, letter) in word.char_indices() {
        let after_mark = before.is_some_and(|mark| "_/,".contains(mark));
        let hump = letter.is_uppercase() && before.is_some_and(char::is_lowercase);
        if after_mark || hump {
            ends.push(place);
        }
        before = Some(letter);
    }
    ends.push(word.len());
    let mut begin = 0;
    ends.into_iter()
        .filter_map(|end| {
            let part = word.get(begin..end);
            begin = end;
            part.filter(|part| !part.is_empty())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(columns("order"), 5);
        assert_eq!(columns("주문"), 4);
        assert_eq!(columns("/주문s → 배송"), 13);
    }

    #[test]
    fn a_line_ends_after_a_space_before_a_word_is_broken() {
        assert_eq!(wrapped("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrapped("an OrderPlaced", 11), ["an ", "OrderPlaced"]);
    }

    #[test]
    fn long_names_break_where_their_words_do() {
        assert_eq!(
            wrapped("whenever_order_placed_capture", 15),
            ["whenever_order_", "placed_capture"]
        );
        assert_eq!(
            wrapped("LearningManagementRegistered", 20),
            ["LearningManagement", "Registered"]
        );
        assert_eq!(
            wrapped("온라인강의수강신청관리", 8),
            ["온라인강", "의수강신", "청관리"]
        );
    }

    #[test]
    fn nothing_is_lost() {
        let text = "a_very_long_name of 온라인강의수강신청관리 andOfCamels/too";
        for width in 2..40 {
            let lines = wrapped(text, width);
            assert_eq!(lines.concat(), text);
            assert!(lines.iter().all(|line| columns(line.trim_end()) <= width));
        }
    }
}
