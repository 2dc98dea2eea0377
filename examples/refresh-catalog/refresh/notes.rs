//! The release notes in rancher/rke2-docs: which releases have them, and the date of each.

use std::collections::BTreeMap;

use super::RefreshError;
use super::git::Repository;
use super::go::pattern;

const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The date of each release that has notes, as `2026-08-04`.
pub fn read(docs: &Repository) -> Result<BTreeMap<String, String>, RefreshError> {
    let branch = docs.branch(&["main", "HEAD"])?;
    let row = pattern(r"^\|\s*\[(v1\.\d+\.\d+\+rke2r\d+)\][^|]*\|\s*(\w{3})\w*\.? (\d{1,2}),? (\d{4})\s*\|");
    let mut dates = BTreeMap::new();
    for file in docs.files(&branch, "docs")? {
        let is_notes = file.starts_with("docs/release-notes") && file.to_ascii_lowercase().ends_with(".md");
        let Some(text) = (if is_notes { docs.text(&branch, &file)? } else { None }) else { continue };
        for found in text.lines().filter_map(|line| row.captures(line)) {
            let (_, [release, month, day, year]) = found.extract();
            let Some(month) = MONTHS.iter().position(|known| *known == month) else { continue };
            dates.insert(release.to_owned(), format!("{year}-{:02}-{day:0>2}", month + 1));
        }
    }
    Ok(dates)
}
