//! Runs every renderer over one canonical report.

mod canonical;
mod excerpts;
mod harmless;
#[expect(clippy::disallowed_methods, reason = "the schemas lie in testdata")]
mod schemas;
mod shapes;
mod snapshots;

use super::{Format, RenderOptions, render};
use crate::finding::Report;

/// The output of a renderer.
fn rendered(format: Format, report: &Report, options: &RenderOptions) -> String {
    let mut out = Vec::new();
    render(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The output of one of the other output functions.
fn written(
    write: fn(&Report, &RenderOptions, &mut dyn std::io::Write) -> std::io::Result<()>,
    report: &Report,
    options: &RenderOptions,
) -> String {
    let mut out = Vec::new();
    write(report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
