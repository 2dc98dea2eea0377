//! `config/flag-not-in-version`: keys that other releases accept.

use crate::catalog::{self, ConfigKey, Role};
use crate::cluster::key::{KeyUse, key_use};
use crate::rke2::release::Release;
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
        let words = match (first_after(key, newest), last_before(key, oldest)) {
            (Some(first), _) => format!("`{}` exists from {first} on", key.name),
            (None, Some(last)) => format!("`{}` existed up to {last}", key.name),
            (None, None) => format!("`{}` exists in a later minor only", key.name),
        };
        drafts.push(
            Draft::new(last.key.span(), format!("{words}: {target} skips it, so the value has no effect"))
                .help("delete the key, or upgrade RKE2 first"),
        );
    }
}

fn accepts(key: &ConfigKey, release: Release) -> bool {
    [Role::Server, Role::Agent].into_iter().any(|role| key.is_accepted(role, release))
}

fn first_after(key: &ConfigKey, release: Release) -> Option<Release> {
    catalog::releases().iter().copied().find(|&other| other > release && accepts(key, other))
}

fn last_before(key: &ConfigKey, release: Release) -> Option<Release> {
    catalog::releases().iter().rev().copied().find(|&other| other < release && accepts(key, other))
}
