//! The report: Markdown, with what went wrong on top.

use std::fmt::Write as _;
use std::fs;
use std::thread::available_parallelism;
use std::time::Duration;

use super::Flags;

pub(crate) struct Report {
    text: String,
    trouble: Vec<String>,
}

impl Report {
    pub(crate) fn begin(title: &str, flags: &Flags) -> Self {
        let cores = available_parallelism().map_or(0, usize::from);
        let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown processor", |(_, name)| name);
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let busy = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let text = format!(
            "# {title}\n\n\
             {cores} cores ({processor}), shared with the load tool; Linux {}; load average {} \
             before. Profile {}; {} rounds of {} s each, in turns.\n",
            kernel.trim(),
            busy.split(' ').next().unwrap_or_default(),
            flags.profile,
            flags.rounds,
            flags.seconds
        );
        Self {
            text,
            trouble: Vec::new(),
        }
    }

    /// Something that makes the numbers worth less.
    pub(crate) fn trouble(&mut self, what: String) {
        eprintln!("bench: TROUBLE: {what}");
        self.trouble.push(what);
    }

    pub(crate) fn table(&mut self, title: &str, head: &[&str], rows: &[Vec<String>]) {
        let mut lines = format!("\n## {title}\n\n| {} |\n|", head.join(" | "));
        lines.push_str(&"---:|".repeat(head.len()));
        lines.push('\n');
        for row in rows {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "| {} |", row.join(" | "));
        }
        eprint!("{lines}");
        self.text.push_str(&lines);
    }

    pub(crate) fn remark(&mut self, remark: &str) {
        let _ = write!(self.text, "\n{remark}\n");
    }

    /// The whole text, and whether nothing was wrong.
    pub(crate) fn finish(self) -> (String, bool) {
        if self.trouble.is_empty() {
            return (self.text, true);
        }
        let mut lines = "**THIS RUN IS NOT SOUND:**\n\n".to_owned();
        for what in &self.trouble {
            let _ = writeln!(lines, "- {what}");
        }
        (format!("{lines}\n{}", self.text), false)
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate, in whole orders.
pub(crate) fn rate(per_second: f64) -> String {
    grouped(Duration::from_secs_f64(per_second.max(0.0)).as_secs())
}

pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// The value that a share of all do not exceed; zero if there are none.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// How many there are, and in milliseconds what a half, 90 %, 99 % and all of them do not exceed.
pub(crate) fn spread(mut times: Vec<Duration>) -> Vec<String> {
    times.sort_unstable();
    let count = grouped(u64::try_from(times.len()).unwrap_or(u64::MAX));
    let shares = [50, 90, 99, 100].map(|percent| ms(percentile(&times, percent)));
    [count].into_iter().chain(shares).collect()
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    percentile(&times, 50)
}

#[cfg(test)]
mod tests;
