//! `manifest/will-be-deleted-by-disable`: user files that are on RKE2's list of things to delete.

use crate::catalog;
use crate::cluster::charts::Manifest;
use crate::cluster::deployment::deployments;
use crate::cluster::fact::Fact;
use crate::rke2::addon::{ALWAYS_DISABLED, disable_name};
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let disabled = disabled(context);
    for unit in deployments(context.cluster) {
        let mut folders = Vec::new();
        for manifest in unit.into_iter().filter(|manifest| manifest.is_certain()) {
            let Some((entry, folder)) = disabled.iter().find_map(|entry| Some((entry, entry.hit(manifest)?))) else {
                continue;
            };
            if let Some(folder) = folder {
                if folders.contains(&folder) {
                    continue;
                }
                folders.push(folder);
            }
            drafts.push(entry.draft(manifest, folder));
        }
    }
}

/// A name whose files are deleted.
struct Disabled {
    name: String,
    /// Why, in words that follow the name.
    why: &'static str,
    /// Where the user wrote it.
    at: Option<Span>,
}

impl Disabled {
    /// Whether it deletes a manifest: the folder that matches, or none for the file itself.
    fn hit<'a>(&self, manifest: &Manifest<'a>) -> Option<Option<&'a str>> {
        if let Some(folder) = manifest.folders_in_root().into_iter().find(|folder| *folder == self.name) {
            return Some(Some(folder));
        }
        (disable_name(manifest.file.name()) == self.name).then_some(None)
    }

    fn draft(&self, manifest: &Manifest<'_>, folder: Option<&str>) -> Draft {
        let what = folder.map_or_else(
            || format!("`{}`", manifest.file.name()),
            |folder| format!("everything in the folder `{folder}`"),
        );
        let message = format!("RKE2 deletes {what} at start and uninstalls its objects: `{}` {}", self.name, self.why);
        let draft = Draft::new(Span::file_start(manifest.file.id), message);
        match self.at {
            Some(at) => draft
                .related(at, "disabled here")
                .help(format!("rename the {}, or drop `{}` from `disable`", folder.map_or("file", |_| "folder"), self.name)),
            None => draft.help(format!("rename the {}", folder.map_or("file", |_| "folder"))),
        }
    }
}

/// The names that are known to be disabled, on the server at hand.
fn disabled(context: &Context<'_, '_>) -> Vec<Disabled> {
    let always = |name: &str| Disabled { name: name.to_owned(), why: "is disabled in every RKE2", at: None };
    let mut disabled = vec![always("rke2-kube-proxy")];
    for name in ALWAYS_DISABLED {
        let kept = name == "servicelb"
            && context.server.is_none_or(|server| server.fact("enable-servicelb").is_true() != Some(false));
        if !kept {
            disabled.push(always(name));
        }
    }
    let Some(server) = context.server else { return disabled };
    for (node, part) in server.setting("disable").map(crate::rke2::config::Setting::parts).unwrap_or_default() {
        disabled.push(Disabled { name: part, why: "is in `disable`", at: Some(node.span()) });
    }
    if let Fact::Known(cni) = context.cluster.cni(Some(server))
        && let Some(selected) = cni.value.as_text()
        && let Some(values) = context.cluster.target.newest().and_then(catalog::config_values)
    {
        for name in values.cni.iter().filter(|name| **name != selected && !matches!(name.as_str(), "none" | "multus")) {
            for suffix in ["", "-crd"] {
                let why = "belongs to a network plug-in that is not selected";
                disabled.push(Disabled { name: format!("rke2-{name}{suffix}"), why, at: None });
            }
        }
    }
    disabled
}
