//! `security/profile-invalid`: profiles that the release does not accept.

use strsim::osa_distance;

use crate::catalog;
use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Fact::Known(Found { value: Datum::Text(profile), at: Some(at) }) = node.fact("profile") else {
        return;
    };
    // With an empty value RKE2 only logs that there is no profile; Windows agents do not read the key.
    if profile.is_empty() || node.windows_sign().is_some() {
        return;
    }
    let target = &context.cluster.target;
    let releases = target.releases();
    let known: Vec<_> = releases.iter().filter_map(|&release| catalog::config_values(release)).collect();
    let Some(first) = known.first() else { return };
    if known.iter().any(|values| values.profile.iter().any(|accepted| *accepted == profile)) {
        return;
    }
    // A release newer than the catalogue may have a new profile.
    let meant = |accepted: &String| {
        osa_distance(&accepted.to_ascii_lowercase(), &profile.trim().to_ascii_lowercase()) <= 1
    };
    let existed = || {
        let earlier = catalog::releases().iter().filter_map(|&release| catalog::config_values(release));
        earlier.flat_map(|values| &values.profile).any(|accepted| *accepted == profile)
    };
    if target.beyond_catalogue().is_some() && !first.profile.iter().any(meant) && !existed() {
        return;
    }
    let common = |name: &&String| known.iter().all(|values| values.profile.contains(name));
    let accepted: Vec<&str> = first.profile.iter().filter(common).map(String::as_str).collect();
    let who = if target.is_unnamed() {
        "no maintained release of RKE2 accepts".to_owned()
    } else {
        format!("{target} does not accept")
    };
    let mut draft = Draft::new(at, format!("{who} `profile: {profile}`; RKE2 exits at startup"));
    let hardened = profile.to_ascii_lowercase().starts_with("cis");
    let successor = accepted
        .iter()
        .copied()
        .filter(|name| name.starts_with("cis"))
        .max_by_key(|name| (*name == "cis", *name));
    match successor.filter(|_| hardened) {
        Some(name) => {
            draft = draft.help(format!("set `profile: {name}`"));
            let entry = node.setting("profile").and_then(|setting| setting.entries.last());
            let value = entry.map(|entry| entry.value).filter(|value| value.span() == at);
            let edit = value.and_then(|value| edit::reword(value, name));
            draft = draft.fixed(Safety::Safe, format!("set `profile` to `{name}`"), edit);
        }
        None => draft = draft.help(format!("use `{}`, or remove the key", accepted.join("` or `"))),
    }
    drafts.push(draft);
}
