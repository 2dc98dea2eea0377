//! `config/component-arg-wrong-component`: a flag in the list of a component that does not have it.

use crate::catalog::components;
use crate::finding::Severity;
use crate::rule::arguments::{given, program};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for given in given(node) {
        let name = given.name();
        if components::flag(given.component, &name).is_some() {
            continue;
        }
        let owners: Vec<_> = components::owners(&name).collect();
        let Some((list, _)) = owners.first() else { continue };
        let programs: Vec<&str> = owners.iter().map(|(_, component)| program(component)).collect();
        let programs = match programs.as_slice() {
            [first, second] => format!("{first} and {second}"),
            [first, second, _, ..] => format!("{first}, {second} and others"),
            _ => programs.concat(),
        };
        let (consequence, severity) = match given.component {
            "etcd" => ("etcd silently ignores it".to_owned(), Severity::Warning),
            component => (format!("{} fails to start", program(component)), Severity::Error),
        };
        let draft = Draft::new(given.node.span(), format!("`{name}` is a flag of {programs}; {consequence}"));
        drafts.push(draft.severity(severity).help(format!("move `{}` to `{list}`", given.text)));
    }
}
