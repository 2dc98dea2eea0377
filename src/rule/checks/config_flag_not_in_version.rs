//! `config/flag-not-in-version`: keys that only other releases accept.

use crate::catalog::{self, ConfigKey, Role};
use crate::cluster::key::{KeyUse, key_use};
use crate::finding::Safety;
use crate::release::Release;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let target = &context.cluster.target;
    for setting in &node.merged.settings {
        let KeyUse::OtherRelease(key) = key_use(&setting.key, node.roles(), target) else { continue };
        let (Some(last), Some(&oldest), Some(newest)) =
            (setting.entries.last(), target.releases().first(), target.newest())
        else {
            continue;
        };
        let name = &key.name;
        let first = first_after(key, newest);
        let until = last_before(key, oldest).filter(|_| first.is_none());
        // A release newer than the catalogue may also have what a later minor has today.
        if until.is_none() && target.beyond_catalogue().is_some() {
            continue;
        }
        let words = match (first, until) {
            (Some(first), _) => format!("`{name}` was added in {first}"),
            (None, Some(last)) => format!("`{name}` was removed after {last}"),
            (None, None) => format!("`{name}` was added in a later minor"),
        };
        let help = match until {
            Some(_) => format!("remove `{name}`"),
            None => format!("remove `{name}`, or upgrade RKE2 first"),
        };
        let message = format!("{words}; {target} logs a warning and ignores it");
        let mut draft = Draft::new(last.key.span(), message).help(help);
        if let [only] = setting.entries[..] {
            // A key of a later release may be intended for the upgrade to it.
            let safety = if until.is_some() { Safety::Safe } else { Safety::Unsafe };
            draft = draft.fixed(safety, format!("remove `{name}`"), context.without(only));
        }
        drafts.push(draft);
    }
}

fn accepts(key: &ConfigKey, release: Release) -> bool {
    [Role::Server, Role::Agent].into_iter().any(|role| key.is_accepted(role, release))
}

fn first_after(key: &ConfigKey, release: Release) -> Option<Release> {
    catalog::announced().find(|&other| other > release && accepts(key, other))
}

fn last_before(key: &ConfigKey, release: Release) -> Option<Release> {
    catalog::announced().rev().find(|&other| other < release && accepts(key, other))
}
