//! The report for people, as a page that needs nothing but itself.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Report, Verdict, count, harmless, since, thousands, whole};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --warn: #d29922; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin-bottom: .3rem; }
.clean { color: var(--good); } .finding, .broken { color: var(--bad); } .fallen { color: var(--warn); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child, .text { text-align: left; }
td.missed { color: var(--bad); }
pre { background: #8881; border-radius: 4px; padding: .6rem .8rem; overflow-x: auto; }
pre.input { white-space: pre-wrap; word-break: break-all; }
summary { cursor: pointer; }
";

pub(super) fn text(report: &Report) -> String {
    let class = match report.verdict() {
        Verdict::Clean => "clean",
        Verdict::Finding => "finding",
        Verdict::Broken => "broken",
        Verdict::Fallen => "fallen",
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Fuzzing: " (report.headline()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Fuzzing: " span class=(class) { (report.headline()) } }
                p { (report.began) ", revision " code { (report.revision) } ", " (whole(report.seconds)) " s" }
                (sentences("What the job could not do", &report.broken))
                (sentences("What fell", &report.fallen))
                (sentences("What was left out", &report.left_out))
                (findings(report))
                (targets(report))
                (coverage(report))
                (plants(report))
                (stages(report))
            }
        }
    };
    page.into_string()
}

fn sentences(title: &str, sentences: &[String]) -> Markup {
    html! {
        @if !sentences.is_empty() {
            h2 { (title) }
            ul { @for sentence in sentences { li { (harmless(sentence)) } } }
        }
    }
}

fn findings(report: &Report) -> Markup {
    html! {
        @if !report.findings.is_empty() { h2 { "Findings" } }
        @for (number, finding) in report.findings.iter().enumerate() {
            h3 {
                (number + 1) ". " (finding.ended.words()) " in " code { (finding.target) }
                ", by " (finding.stage) ", met " (count(finding.hits as usize, "time"))
            }
            @if let Some(location) = &finding.cause.location { div { "at " code { (location) } } }
            @if let Some(frame) = &finding.cause.frame { div { "in " code { (frame) } } }
            pre.input { (harmless(&finding.cause.message)) }
            div { "Input, " (thousands(finding.bytes as u64)) " bytes:" }
            pre.input { (finding.shown) }
            div { "Again, and as a regression:" }
            pre {
                (finding.command) "\n"
                "fuzz/adopt " (finding.input.display()) " --name NAME --what \"WHAT WAS WRONG\""
            }
        }
    }
}

fn targets(report: &Report) -> Markup {
    html! {
        @if !report.targets.is_empty() {
            h2 { "Targets" }
            div.scroll { table {
                thead { tr {
                    th { "target" } th { "executions" } th { "per s" } th { "per CPU s" }
                    th { "of the" br; "bare loop" } th { "new" br; "inputs" } th { "corpus" }
                    th { "edges" } th { "since" } th { "MiB" }
                } }
                tbody { @for target in &report.targets { tr {
                    td { code { (target.name) } }
                    td { (thousands(target.executions)) }
                    td { (whole(target.per_second())) }
                    td { (whole(target.per_cpu_second())) }
                    td { @if let Some(speed) = target.relative_speed { (format!("{speed:.3}")) } }
                    td { (thousands(target.new_inputs)) }
                    td { (thousands(target.corpus_shrunk.unwrap_or(target.corpus))) }
                    td { (thousands(target.edges)) }
                    td { (since(target.edges_since)) }
                    td { (target.peak_mib) }
                } } }
            } }
        }
    }
}

fn coverage(report: &Report) -> Markup {
    html! {
        @if let Some(coverage) = &report.coverage {
            h2 { "Coverage: " (format!("{:.2}", coverage.percent())) " % of the lines" }
            @let unexplained: Vec<_> = coverage.unexplained().collect();
            p {
                (unexplained.len()) " lines were not reached and have no reason in "
                code { (crate::coverage::EXPLAINED) } "."
            }
            @if !unexplained.is_empty() {
                ul { @for (path, line) in &unexplained {
                    li { (path) ":" (line.line) ": " code { (line.code) } }
                } }
            }
            details {
                summary { "by file" }
                div.scroll { table {
                    thead { tr { th { "file" } th { "lines" } th { "reached" } th {} } }
                    tbody { @for file in &coverage.files { tr {
                        td { (file.path) }
                        td { (file.lines) }
                        td { (file.reached) }
                        td { (format!("{:.1} %", file.percent())) }
                    } } }
                } }
            }
        }
    }
}

fn plants(report: &Report) -> Markup {
    html! {
        @if !report.plants.is_empty() {
            h2 { (report.plants_in_words()) }
            div.scroll { table {
                thead { tr {
                    th { "plant" } th.text { "target" } th { "found" } th colspan=(crate::plants::SEEDS) { "CPU s, by seed" }
                    th.text { "fault" }
                } }
                tbody { @for plant in &report.plants { tr {
                    td { (plant.name) }
                    td.text { code { (plant.target) } }
                    td { (plant.found.iter().flatten().count()) "/" (plant.found.len()) }
                    @for found in &plant.found {
                        @match found {
                            Some(seconds) => td { (format!("{seconds:.2}")) },
                            None => td.missed { "not found" },
                        }
                    }
                    td.text { (plant.fault) }
                } } }
            } }
        }
    }
}

fn stages(report: &Report) -> Markup {
    html! {
        @if !report.stages.is_empty() {
            h2 { "Time" }
            table {
                thead { tr { th { "stage" } th { "s" } } }
                tbody { @for stage in &report.stages { tr {
                    td { (stage.name) } td { (whole(stage.seconds)) }
                } } }
            }
        }
    }
}
