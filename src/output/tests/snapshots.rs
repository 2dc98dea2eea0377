//! Snapshots of the output. Review them from the user's point of view.

use insta::assert_snapshot;

use super::canonical::report;
use super::{rendered, written};
use crate::finding::{Order, Report, Severity};
use crate::output::{Format, RenderOptions, write_listing, write_problems, write_statistics, write_summary};

const COLOR: RenderOptions =
    RenderOptions { color: true, hyperlinks: true, width: 100, unicode: true, order: Order::Path };
const ASCII: RenderOptions =
    RenderOptions { color: false, hyperlinks: false, width: 60, unicode: false, order: Order::Path };

#[test]
fn every_format() {
    for format in Format::all() {
        let text = rendered(format, &report(), &RenderOptions::default());
        // The version differs between releases.
        let text = text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        assert_snapshot!(format.as_str(), text);
    }
}

#[test]
fn human_for_other_terminals() {
    assert_snapshot!("human-ascii", rendered(Format::Human, &report(), &ASCII));
    let colored = rendered(Format::Human, &report(), &COLOR);
    assert_snapshot!("human-color", colored.replace('\u{1b}', "␛"));
}

#[test]
fn clean_reports_are_valid_documents() {
    let all: Vec<String> = Format::all()
        .map(|format| {
            format!("== {format}\n{}", rendered(format, &Report::default(), &RenderOptions::default()))
        })
        .collect();
    assert_snapshot!("clean", all.concat().replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
}

#[test]
fn beside_the_findings() {
    let mut report = report();
    let options = RenderOptions::default();
    let all = |report| {
        [write_summary, write_listing, write_statistics, write_problems]
            .map(|write| written(write, report, &options))
            .join("--\n")
    };
    assert_snapshot!("beside", all(&report));
    report.findings.retain(|finding| finding.severity == Severity::Info);
    report.problems.clear();
    report.summary.templated = 1;
    assert_snapshot!("beside-one", written(write_summary, &report, &options));
    assert_snapshot!("beside-color", written(write_summary, &report, &COLOR).replace('\u{1b}', "␛"));
}

#[test]
fn long_runs_fold_in_the_log_of_github() {
    let mut report = report();
    let one = report.findings[0].clone();
    report.findings = vec![one; 11];
    let text = rendered(Format::Github, &report, &RenderOptions::default());
    assert!(text.starts_with("::group::rke2-lint: 11 findings\n::notice "), "{text}");
    assert!(text.ends_with("\n::endgroup::\n"), "{text}");
}

#[test]
fn formats_are_chosen_by_their_words() {
    for (index, format) in Format::all().enumerate() {
        assert_eq!(format as usize, index, "the table is in the order of the enum");
        assert_eq!(format.as_str().parse(), Ok(format));
    }
    let error = "xml\u{1b}".parse::<Format>().unwrap_err();
    assert_snapshot!("unknown-format", error);
}
