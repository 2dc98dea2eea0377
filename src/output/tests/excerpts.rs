//! Unusual files in the human format: each finding must fit on a screen and name the same place as other formats do.

use insta::assert_snapshot;

use super::canonical::{add, finding, label, span};
use super::rendered;
use crate::finding::{Finding, Report, Severity};
use crate::output::{Format, RenderOptions};
use crate::source::{FileId, Span};

const LINES_OF_A_SCREEN: usize = 40;

/// Renders a report with one finding that `build` places in a file with this text.
fn shown(text: &str, build: impl Fn(&Report, FileId) -> Finding) -> String {
    let mut report = Report::default();
    let file = add(&mut report, "a.yaml", text);
    report.findings = vec![build(&report, file)];
    let shown = rendered(Format::Human, &report, &RenderOptions { width: 80, ..RenderOptions::default() });
    assert!(shown.lines().count() <= LINES_OF_A_SCREEN, "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let concise = rendered(Format::Concise, &report, &RenderOptions::default());
    let place = concise.split(": ").next().unwrap();
    assert!(shown.contains(&format!("[{place}]")), "{place} is missing in {shown}");
    shown
}

fn at(needle: &str) -> impl Fn(&Report, FileId) -> Finding {
    move |report, file| Finding {
        primary: label(span(report, file, needle), "here"),
        ..finding("a/b", Severity::Warning, "a message", span(report, file, needle))
    }
}

fn whole_file(words: &str) -> impl Fn(&Report, FileId) -> Finding {
    move |_, file| Finding {
        primary: label(Span::file_start(file), words),
        ..finding("a/b", Severity::Warning, "a message", Span::file_start(file))
    }
}

#[test]
fn files_as_a_whole() {
    assert_snapshot!("whole-file", shown("a: b\nc: d\n", whole_file("")));
    assert_snapshot!("whole-file-labelled", shown("a: b\nc: d\n", whole_file("the file")));
    let with_place = |report: &Report, file| Finding {
        related: vec![label(span(report, file, "c"), "because of this")],
        ..whole_file("")(report, file)
    };
    assert_snapshot!("whole-file-and-place", shown("a: b\nc: d\n", with_place));
    assert_snapshot!("whole-empty-file", shown("", whole_file("")));
    assert_snapshot!("whole-empty-file-labelled", shown("", whole_file("the file")));
}

#[test]
fn ends_of_files() {
    let end = |_: &Report, file| finding("a/b", Severity::Warning, "a message", Span::new(file, 5, 5));
    assert_snapshot!("end-after-line-break", shown("a: b\n", end));
    let end = |_: &Report, file| finding("a/b", Severity::Warning, "a message", Span::new(file, 4, 4));
    assert_snapshot!("end-of-line", shown("a: b", end));
    let past = |_: &Report, file| finding("a/b", Severity::Warning, "a message", Span::new(file, 90, 99));
    assert_snapshot!("past-the-end", shown("a: b", past));
}

#[test]
fn odd_lines() {
    assert_snapshot!("tabs", shown("a:\n\t\tb: c\td: e\n", at("d")));
    assert_snapshot!("crlf", shown("a: b\r\nc: d\r\ne: f\r\n", at("c: d")));
    assert_snapshot!("byte-order-mark", shown("\u{feff}a: b\n", at("a")));
    assert_snapshot!("wide", shown("größe: 漢字 # x\n", at("# x")));
    assert_snapshot!("hidden", shown("a\u{1b}[2J: \u{202e}b\n", at("b")));
}

#[test]
fn long_lines_are_excerpted() {
    let text = format!("# {0}\nca: {0}=\nkey: {0}KEY{0}\n", "QUJD".repeat(125_000));
    assert_snapshot!("long-line-start", shown(&text, at("ca")));
    assert_snapshot!("long-line-middle", shown(&text, at("KEY")));
    assert_snapshot!("long-line-end", shown(&text, at("=")));
    let whole = |report: &Report, file| {
        let line = report.sources.get(file).line_range(2).unwrap();
        finding("a/b", Severity::Warning, "a message", Span::new(file, line.start, line.end))
    };
    assert_snapshot!("long-line-whole", shown(&text, whole));
}

#[test]
fn long_spans_are_shortened() {
    use std::fmt::Write;
    let text = (1..200).fold(String::new(), |mut text, line| {
        writeln!(text, "- line {line}").unwrap();
        text
    });
    let lines = |last: usize| {
        move |report: &Report, file| {
            let end = report.sources.get(file).line_range(last).unwrap().end;
            finding("a/b", Severity::Warning, "a message", Span::new(file, 20, end + 1))
        }
    };
    assert_snapshot!("span-of-some-lines", shown(&text, lines(5)));
    assert_snapshot!("span-of-many-lines", shown(&text, lines(150)));
}

#[test]
fn many_labels() {
    let text = "- a\n".repeat(100);
    let related = |report: &Report, file| {
        let lines = (0..9).map(|index| 4 * 11 * index + 2);
        let related = lines.map(|at| label(Span::new(file, at, at + 1), "also here")).collect();
        Finding { related, ..at("- a")(report, file) }
    };
    assert_snapshot!("many-labels", shown(&text, related));
    let nested = |report: &Report, file| {
        let related = vec![
            label(span(report, file, "a"), "within"),
            label(span(report, file, "- a"), "same place"),
            label(Span::new(file, 0, 16), "around"),
        ];
        Finding { related, ..at("- a")(report, file) }
    };
    assert_snapshot!("nested-labels", shown(&text, nested));
}

#[test]
fn long_words_beside_a_label_are_wrapped() {
    let words =
        "this release has no such key: it was renamed two minors ago, and the chart ignores the old name";
    let single = |report: &Report, file| Finding {
        primary: label(span(report, file, "vethuMTU"), words),
        ..finding("a/b", Severity::Warning, "a message", span(report, file, "vethuMTU"))
    };
    assert_snapshot!("long-label", shown("calico:\n  someKey: {vethuMTU: 1450}\n", single));
    let lines = |_: &Report, file| Finding {
        primary: label(Span::new(file, 0, 15), words),
        ..finding("a/b", Severity::Warning, "a message", Span::new(file, 0, 15))
    };
    assert_snapshot!("long-label-of-lines", shown("calico:\n  someKey: {vethuMTU: 1450}\n", lines));
}

#[test]
fn any_two_spans_can_be_shown() {
    for text in
        ["", "\u{feff}", "\u{feff}ä: b\r\n\tc\u{1b}:\r\n\r\n漢: x", "a\rb\n\n\n\n\n\n\nc: d\n", "\n\n"]
    {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let spans: Vec<(usize, usize)> = ends
            .iter()
            .flat_map(|&start| ends.iter().map(move |&end| (start, end)))
            .filter(|(a, b)| a <= b)
            .collect();
        for &(start, end) in &spans {
            // Combines every span with every seventh, which covers all kinds of overlap at an acceptable cost.
            for &(from, to) in spans.iter().skip((start + end) % 7).step_by(7) {
                shown(text, |_, file| Finding {
                    related: vec![label(Span::new(file, from, to), "there")],
                    ..finding("a/b", Severity::Warning, "a message", Span::new(file, start, end))
                });
            }
        }
    }
}

#[test]
fn narrow_terminals_break_no_word() {
    let text =
        "service-node-port-range: 80-32767\nnode-label: [\"node-role.kubernetes.io/control-plane=yes no\"]\n";
    let mut report = Report::default();
    let file = add(&mut report, "config.yaml", text);
    report.findings = vec![Finding {
        primary: label(span(&report, file, "80-32767"), "covers ports of RKE2"),
        related: vec![label(span(&report, file, "control-plane"), "the role")],
        help: Some("set `service-node-port-range: 30000-32767`, or leave `node-role` out".into()),
        ..finding(
            "config/node-port-range",
            Severity::Warning,
            "the range `80-32767` includes the ports of the API server and of the supervisor",
            span(&report, file, "80-32767"),
        )
    }];
    let shown = rendered(Format::Human, &report, &RenderOptions { width: 40, ..RenderOptions::default() });
    assert_snapshot!("narrow", shown);
    for quoted in ["`80-32767`", "`service-node-port-range: 30000-32767`", "`node-role`"] {
        assert!(shown.contains(quoted), "{quoted} is broken in {shown}");
    }
}

#[test]
fn the_page_of_a_rule_is_named_once() {
    let mut report = super::canonical::report();
    report.findings.retain(|finding| finding.rule.category() == "cni-calico");
    report.findings.push(report.findings[0].clone());
    let shown =
        |width| rendered(Format::Human, &report, &RenderOptions { width, ..RenderOptions::default() });
    let url = "https://rke2-lint.dev/rules/cni-calico/mtu-location";
    assert_eq!(shown(100).matches(url).count(), 1);
    assert_eq!(shown(40).matches(url).count(), 0);
    assert_eq!(shown(40).matches("see: rke2-lint explain cni-calico/mtu-location").count(), 1);
}
