//! Expands `[*]` in the paths of a rule to an `each` binder, so that the rule fires once per element.

use super::Scope;
use crate::rule::body::{Binder, Case, Condition};
use crate::rule::names::Meaning;
use crate::rule::path::{Path, Root, Step};

/// Binds the wildcards of the reported path, or else of the first condition that has any, and replaces the prefix by
/// the new name in every path that begins with it. Other wildcards remain and yield a list of all matches.
pub(super) fn bind(binders: &mut Vec<Binder>, when: &mut [Condition], cases: &mut [Case], scope: Scope<'_>) {
    while let Some(pattern) = first(when, cases) {
        let Some(at) = pattern.wildcard() else { return };
        let list = Path { root: pattern.root.clone(), steps: pattern.steps[..at].to_vec() };
        let prefix = Path { root: pattern.root, steps: pattern.steps[..=at].to_vec() };
        let slot = scope.names.add("", Meaning::Element(prefix.clone()));
        let mut replace = |path: &mut Path| {
            if path.root == prefix.root && path.steps.starts_with(&prefix.steps) {
                *path = Path { root: Root::Name(slot), steps: path.steps[at + 1..].to_vec() };
            }
        };
        for condition in &mut *when {
            condition.visit(&mut replace);
        }
        for case in &mut *cases {
            case.visit(&mut replace);
        }
        binders.push(Binder::Each(slot, list));
    }
}

/// The path whose wildcards are bound next; `None` if none is left.
fn first(when: &mut [Condition], cases: &mut [Case]) -> Option<Path> {
    let has = |path: &Path| path.steps.contains(&Step::Every);
    let mut found = cases.iter().find_map(|case| case.report.at.first().filter(|path| has(path)).cloned());
    for condition in when {
        condition.visit(&mut |path| {
            if found.is_none() && has(path) {
                found = Some(path.clone());
            }
        });
    }
    found
}
