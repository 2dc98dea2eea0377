//! `config/unknown-key`: keys that no release of RKE2 or K3s has.

use crate::catalog::components::{Fate, flag, owners};
use crate::catalog::{self, ConfigKey, config_key, suggest_config_key};
use crate::cluster::key::{KeyUse, key_use};
use crate::finding::{Safety, Severity};
use crate::rke2::config::key_name;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

/// The maximum number of unknown keys for which suggestions are searched. More unknown keys point to a different
/// mistake.
const MOST_SEARCHED: usize = 500;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let target = &context.cluster.target;
    let mut searched = 0;
    for (_, entry) in node.entries() {
        let written = key_name(&entry);
        let (name, plus) = written.strip_suffix('+').map_or((written.as_ref(), ""), |name| (name, "+"));
        if is_other_business(name, entry) {
            continue;
        }
        let at = entry.key.span();
        match key_use(name, node.roles(), target) {
            KeyUse::SnapshotCommand => drafts.push(
                Draft::new(
                    at,
                    format!("`{name}` is a key of `rke2 etcd-snapshot` only; the server ignores it"),
                )
                .help(format!("write `{}` for scheduled snapshots", scheduled(name)))
                .severity(Severity::Warning),
            ),
            KeyUse::Unknown => {
                searched += 1;
                let newest = target.newest().filter(|_| searched <= MOST_SEARCHED);
                let near: Vec<&ConfigKey> = newest.map_or_else(Vec::new, |newest| {
                    let roles = node.roles().iter();
                    let mut near: Vec<&ConfigKey> = roles
                        .flat_map(|&role| {
                            let key = arguments(name, entry).filter(|key| key.is_accepted(role, newest));
                            key.map_or_else(|| suggest_config_key(name, role, newest), |key| vec![key])
                        })
                        .collect();
                    near.dedup_by_key(|key| key.name.as_str());
                    near
                });
                // A release newer than the catalogue may have new keys.
                if !(target.beyond_catalogue().is_some() && near.is_empty()) {
                    drafts.push(unknown(name, plus, entry, &near, target));
                }
            }
            _ => {}
        }
    }
}

fn unknown(
    name: &str,
    plus: &str,
    entry: Entry<'_>,
    near: &[&ConfigKey],
    releases: &catalog::Target,
) -> Draft {
    let draft =
        Draft::new(entry.key.span(), format!("unknown key `{name}`; RKE2 logs a warning and ignores it"));
    // `node-labels` is a flag of the kubelet, but one letter away from RKE2's own key.
    let is_plural = near.iter().any(|near| name.strip_suffix('s') == Some(&*near.name));
    let is_flag = |component: &str| {
        flag(component, name)
            .is_some_and(|flag| !matches!(flag.minors.fate(releases), Fate::Added(_) | Fate::Removed(_)))
    };
    let lists: Vec<&str> =
        owners(name).filter(|(_, component)| is_flag(component)).map(|(list, _)| list).collect();
    if name.contains('-') && !is_plural {
        let value = entry.value.text().filter(|text| template_mark(text).is_none()).unwrap_or("VALUE");
        match lists.as_slice() {
            [only] => {
                return draft.help(format!(
                    "write `{only}: [\"{name}={value}\"]`; this is a flag of another program"
                ));
            }
            [first, ..] if near.is_empty() => {
                return draft
                    .help(format!(
                        "write it for one of the programs that have this flag, such as `{first}: [\"{name}={value}\"]`"
                    ))
                    .severity(Severity::Warning);
            }
            _ => {}
        }
    }
    match near {
        [] => draft.help("remove the key, or correct its spelling").severity(Severity::Warning),
        [only] => draft.help(format!("did you mean `{}`?", only.name)).renamed(
            Safety::Safe,
            entry,
            &format!("{}{plus}", only.name),
        ),
        [best, ..] => draft.help(format!("did you mean `{}`?", best.name)),
    }
}

/// The key for the arguments of a component of Kubernetes, if the name is that of the component and the value has
/// arguments.
fn arguments(name: &str, entry: Entry<'_>) -> Option<&'static ConfigKey> {
    let is_argument = |node: NodeRef<'_>| node.text().is_some_and(|text| text.contains('='));
    let has_arguments = is_argument(entry.value) || entry.value.items().any(is_argument);
    config_key(&format!("{name}-arg")).filter(|_| has_arguments)
}

/// Whether a key is reported by other rules, contains a template placeholder, or only holds an anchor.
fn is_other_business(name: &str, entry: Entry<'_>) -> bool {
    let text = entry.key.document().text();
    let after = text.get(entry.key.span().range().end..).unwrap_or_default();
    let anchor = after.trim_start_matches([':', ' ']).starts_with('&');
    name.is_empty()
        // SOPS adds this key to files that it encrypts.
        || (name == "sops" && entry.value.kind() == Kind::Mapping)
        // `kubelet-arg=v: 4` is passed as `--kubelet-arg=v=4`, which RKE2 reads.
        || name.split_once('=').is_some_and(|(key, _)| config_key(key).is_some())
        || name.starts_with(['-', '.', '$'])
        || name.starts_with("x-")
        || name.chars().any(|c| !c.is_ascii() && (c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}'))
        || template_mark(name).is_some()
        || anchor
}

/// The server option for scheduled snapshots that corresponds to an option of `rke2 etcd-snapshot`.
fn scheduled(name: &str) -> String {
    match name {
        "etcd-token" => "token".to_owned(),
        "etcd-server" => "server".to_owned(),
        "dir" | "name" => format!("etcd-snapshot-{name}"),
        _ => format!("etcd-{name}"),
    }
}
