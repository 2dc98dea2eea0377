//! The edits of an upgrade: fixes of what breaks or is no longer needed at the target. Today's findings are left alone.
//! Must not write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compare::Today;
use super::groups::Group;
use crate::finding::Report;
use crate::fix::disk::Tree;
use crate::fix::{self, Access, Outcome, Request, World};

/// Lints for the target release, and keeps only the fixes that belong to the upgrade.
struct Target<'t> {
    tree: &'t Tree,
    today: Today<'t>,
}

/// Computes the edits. `now` is the report of the unchanged files for today's release; `tree` lints for the target.
pub fn migrate(now: &Report, tree: &Tree, unsafe_fixes: bool) -> Outcome {
    let target = Target { tree, today: Today::of(now) };
    let report = target.lint(&BTreeMap::new());
    fix::run(Request { fixes: true, unsafe_fixes, ignores: false }, report, &target)
}

impl World for Target<'_> {
    fn lint(&self, texts: &BTreeMap<String, Arc<str>>) -> Report {
        let mut report = self.tree.lint(texts);
        // If a value that equals the default is removed, the file relies on the default again, which is a new finding
        // with a subject.
        report.findings.retain(|finding| finding.subject.is_none());
        let new: BTreeSet<usize> = self.today.new_in(&report).into_values().collect();
        for (index, finding) in report.findings.iter_mut().enumerate() {
            let is_wanted =
                new.contains(&index) && matches!(Group::of(finding), Group::Breaks | Group::Cleanup);
            if !is_wanted {
                finding.fix = None;
            }
        }
        report
    }

    fn access(&self, path: &str) -> Access {
        self.tree.access(path)
    }

    fn other_names(&self, path: &str) -> Vec<String> {
        self.tree.other_names(path)
    }
}
