//! The report for people, as text.

use std::fmt::Write as _;

use super::{Report, count, harmless, since, thousands, whole};

pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    write(report, &mut text).expect("a string takes all");
    text
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# Fuzzing: {}\n", report.headline())?;
    writeln!(
        out,
        "{}, revision `{}`, {} s.\n",
        report.began,
        report.revision,
        whole(report.seconds)
    )?;
    sentences("What the job could not do", &report.broken, out)?;
    sentences("What fell", &report.fallen, out)?;
    sentences("What was left out", &report.left_out, out)?;
    findings(report, out)?;
    targets(report, out)?;
    coverage(report, out)?;
    plants(report, out)?;
    if !report.stages.is_empty() {
        writeln!(out, "## Time\n\n| stage | s |\n|---|---:|")?;
        for stage in &report.stages {
            writeln!(out, "| {} | {} |", stage.name, whole(stage.seconds))?;
        }
    }
    Ok(())
}

fn sentences(title: &str, sentences: &[String], out: &mut String) -> std::fmt::Result {
    if sentences.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {title}\n")?;
    for sentence in sentences {
        writeln!(out, "- {}", inline(sentence))?;
    }
    writeln!(out)
}

fn findings(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Findings\n")?;
    for (number, finding) in report.findings.iter().enumerate() {
        writeln!(
            out,
            "### {}. {} in `{}`, by {}, met {}\n",
            number + 1,
            finding.ended.words(),
            finding.target,
            finding.stage,
            count(finding.hits as usize, "time")
        )?;
        if let Some(location) = &finding.cause.location {
            writeln!(out, "At `{}`.", inline(location))?;
        }
        if let Some(frame) = &finding.cause.frame {
            writeln!(out, "In `{}`.", inline(frame))?;
        }
        block(out, &finding.cause.message)?;
        writeln!(out, "Input, {} bytes:", finding.bytes)?;
        block(out, &finding.shown)?;
        writeln!(out, "Again:")?;
        block(out, &finding.command)?;
        writeln!(out, "As a regression:")?;
        let path = finding.input.display();
        block(out, &format!("fuzz/adopt {path} --name NAME --what \"WHAT WAS WRONG\""))?;
    }
    Ok(())
}

fn targets(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.targets.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## Targets\n\n| target | executions | per s | per CPU s | of the bare loop | new inputs \
         | corpus | edges | since | MiB |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for target in &report.targets {
        writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            target.name,
            thousands(target.executions),
            whole(target.per_second()),
            whole(target.per_cpu_second()),
            target.relative_speed.map_or("-".to_owned(), |speed| format!("{speed:.3}")),
            thousands(target.new_inputs),
            thousands(target.corpus_shrunk.unwrap_or(target.corpus)),
            thousands(target.edges),
            since(target.edges_since),
            target.peak_mib,
        )?;
    }
    writeln!(out)
}

fn coverage(report: &Report, out: &mut String) -> std::fmt::Result {
    let Some(coverage) = &report.coverage else { return Ok(()) };
    writeln!(out, "## Coverage: {:.2} % of the lines\n", coverage.percent())?;
    writeln!(out, "| file | lines | reached | |\n|---|---:|---:|---:|")?;
    for file in &coverage.files {
        let percent = file.percent();
        writeln!(out, "| {} | {} | {} | {percent:.1} % |", file.path, file.lines, file.reached)?;
    }
    let unexplained: Vec<_> = coverage.unexplained().collect();
    writeln!(
        out,
        "\n{} lines were not reached and have no reason in `{}`.",
        unexplained.len(),
        crate::coverage::EXPLAINED
    )?;
    for (path, line) in unexplained {
        writeln!(out, "- {path}:{}: `{}`", line.line, inline(&line.code))?;
    }
    writeln!(out)
}

fn plants(report: &Report, out: &mut String) -> std::fmt::Result {
    if report.plants.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {}\n", report.plants_in_words())?;
    writeln!(
        out,
        "| plant | target | found | CPU s, by seed | fault |\n|---|---|---:|---|---|"
    )?;
    for plant in &report.plants {
        let seconds = |found: &Option<f64>| found.map_or("-".to_owned(), |s| format!("{s:.2}"));
        writeln!(
            out,
            "| {} | `{}` | {}/{} | {} | {} |",
            plant.name,
            plant.target,
            plant.found.iter().flatten().count(),
            plant.found.len(),
            plant.found.iter().map(seconds).collect::<Vec<_>>().join(" "),
            inline(&plant.fault),
        )?;
    }
    writeln!(out)
}

/// Text that stays within a line, a cell and a span of code.
fn inline(text: &str) -> String {
    harmless(text).replace('`', "'").replace('|', "\\|").replace('\n', " ")
}

/// Text as a block, which it cannot end.
fn block(out: &mut String, text: &str) -> std::fmt::Result {
    writeln!(out)?;
    for line in harmless(text).lines() {
        writeln!(out, "    {line}")?;
    }
    writeln!(out)
}
