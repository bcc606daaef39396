//! What has changed, as Markdown.

use std::fmt::Write as _;

use crate::figures::Figures;

/// Changes of instructions up to this many per cent are not told from the compiler's whims.
const THRESHOLD: f64 = 2.0;

/// Changes of time up to this many per cent are not told from a busy machine.
const TIME_THRESHOLD: f64 = 10.0;

/// Four times the input may take this many times the instructions.
const GROWTH: f64 = 4.2;

/// The figures of both revisions.
pub(crate) struct Comparison {
    pub(crate) base: String,
    pub(crate) instructions: (Figures, Figures),
    pub(crate) times: (Figures, Figures),
}

struct Change<'c> {
    name: &'c str,
    before: f64,
    after: f64,
}

impl Change<'_> {
    fn percent(&self) -> f64 {
        100.0 * (self.after / self.before - 1.0)
    }
}

/// Changes of what both have, the largest first: those beyond the threshold, and the rest.
fn changes<'c>(
    (before, after): &'c (Figures, Figures),
    threshold: f64,
) -> (Vec<Change<'c>>, Vec<Change<'c>>) {
    let both = after.iter().filter_map(|(name, &after)| {
        before.get(name).map(|&before| Change { name, before, after })
    });
    let mut all: Vec<_> = both.collect();
    all.sort_by(|a, b| b.percent().abs().total_cmp(&a.percent().abs()));
    all.into_iter().partition(|change| change.percent().abs() > threshold)
}

impl Comparison {
    /// Whether anything takes more instructions than the threshold allows, is gone, or takes more
    /// than its input grows.
    pub(crate) fn is_slower(&self) -> bool {
        let (significant, _) = changes(&self.instructions, THRESHOLD);
        significant.iter().any(|change| change.percent() > 0.0)
            || self.gone().next().is_some()
            || self.growth().iter().any(|(_, times)| *times > GROWTH)
    }

    /// What only BASE has figures of.
    fn gone(&self) -> impl Iterator<Item = &String> {
        let (before, after) = &self.instructions;
        before.keys().filter(|name| !after.contains_key(*name))
    }

    /// How many times the instructions four times the input takes, by kind of input.
    fn growth(&self) -> Vec<(&str, f64)> {
        let after = &self.instructions.1;
        let kind = |name: &'_ str| name.strip_prefix("growth ")?.strip_suffix("_1").map(str::len);
        after
            .iter()
            .filter_map(|(name, once)| {
                let len = kind(name)?;
                let kind = &name["growth ".len()..][..len];
                Some((kind, after.get(&format!("growth {kind}_4"))? / once))
            })
            .collect()
    }

    pub(crate) fn markdown(&self) -> String {
        let (significant, rest) = changes(&self.instructions, THRESHOLD);
        let slower = significant.iter().filter(|change| change.percent() > 0.0).count();
        let verdict = if self.is_slower() { "slower" } else { "no slower" };
        let mut out = format!(
            "### Parsing against {}\n\n**{verdict}**: {slower} take more instructions, {} fewer, {} as \
             many (threshold {THRESHOLD} %)\n",
            self.base,
            significant.len() - slower,
            rest.len(),
        );
        push_table(&mut out, &significant, "instructions");
        push_folded(&mut out, "within the threshold", |out| push_table(out, &rest, "instructions"));
        self.push_times(&mut out);
        self.push_growth(&mut out);
        let (before, after) = &self.instructions;
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            let _ = writeln!(out, "\nnew: {name}");
        }
        for name in self.gone() {
            let _ = writeln!(out, "\ngone: {name}");
        }
        out
    }

    fn push_times(&self, out: &mut String) {
        let (significant, rest) = changes(&self.times, TIME_THRESHOLD);
        if significant.is_empty() && rest.is_empty() {
            out.push_str("\nTimes are not compared: BASE has no bench that tells them.\n");
            return;
        }
        let _ = writeln!(
            out,
            "\nTime, lowest of interleaved rounds, which does not decide: {} beyond {TIME_THRESHOLD} %.",
            significant.len()
        );
        push_table(out, &significant, "ns");
        push_folded(out, "times within that", |out| push_table(out, &rest, "ns"));
    }

    fn push_growth(&self, out: &mut String) {
        let growth = self.growth();
        let worst = growth.iter().map(|(_, times)| *times).fold(0.0, f64::max);
        let _ = writeln!(
            out,
            "\nFour times the input takes at most {worst:.2} times the instructions (threshold {GROWTH})."
        );
        for (kind, times) in growth.iter().filter(|(_, times)| *times > GROWTH) {
            let _ = writeln!(out, "- **{kind}**: {times:.2} times");
        }
    }
}

fn push_folded(out: &mut String, summary: &str, inside: impl FnOnce(&mut String)) {
    let _ = write!(out, "\n<details><summary>{summary}</summary>\n");
    inside(out);
    out.push_str("\n</details>\n");
}

fn push_table(out: &mut String, changes: &[Change<'_>], unit: &str) {
    if changes.is_empty() {
        return;
    }
    let _ = write!(out, "\n| {unit} | before | after | change |\n|---|---:|---:|---:|\n");
    for change in changes {
        let Change { name, before, after } = change;
        let percent = change.percent();
        let _ = writeln!(out, "| {name} | {before:.0} | {after:.0} | {percent:+.2} % |");
    }
}
