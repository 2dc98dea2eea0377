//! The findings of an upgrade as SARIF. Must not decide what breaks.

use std::io::{self, Write};

use super::releases;
use crate::output::{Format, RenderOptions, render as render_report};
use crate::upgrade::Upgrade;

/// Writes the findings, each with its meaning for the upgrade.
pub fn render(mut upgrade: Upgrade, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    for item in &upgrade.items {
        let finding = &mut upgrade.report.findings[item.finding];
        finding.message = format!("{} {}: {}", item.group.heading(), releases(item), finding.message);
    }
    render_report(Format::Sarif, &upgrade.report, options, out)
}
