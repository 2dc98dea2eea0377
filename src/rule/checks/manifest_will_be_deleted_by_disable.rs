//! `manifest/will-be-deleted-by-disable`: files that RKE2 deletes because their name is disabled.

use crate::catalog;
use crate::cluster::charts::{ChartObject, Manifest};
use crate::cluster::deployment::deployments;
use crate::cluster::fact::Fact;
use crate::rke2::addon::{ALWAYS_DISABLED, disable_name};
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let disabled = disabled(context);
    for unit in deployments(context.cluster) {
        let mut folders = Vec::new();
        for manifest in unit.into_iter().filter(|manifest| manifest.is_certain() && !is_own(manifest)) {
            let hit = disabled.iter().find_map(|entry| Some((entry, entry.hit(manifest)?)));
            let Some((entry, hit)) = hit else { continue };
            // One finding for all files of a folder.
            if let Hit::Folder(folder) = hit {
                if folders.contains(&folder) {
                    continue;
                }
                folders.push(folder);
            }
            drafts.push(entry.draft(manifest, hit));
        }
    }
}

/// Whether RKE2 wrote the file, which is then a copy from a node.
fn is_own(manifest: &Manifest<'_>) -> bool {
    ChartObject::of_file(0, manifest.file).iter().any(ChartObject::is_generated)
}

/// A name whose files are deleted.
struct Disabled {
    name: String,
    /// The reason; follows the name in the message.
    why: &'static str,
    /// Where the user wrote it.
    at: Option<Span>,
}

/// What a disabled name matches.
#[derive(Clone, Copy)]
enum Hit<'a> {
    /// The file itself.
    File,
    /// A folder that contains the file.
    Folder(&'a str),
}

impl Disabled {
    fn hit<'a>(&self, manifest: &Manifest<'a>) -> Option<Hit<'a>> {
        if let Some(folder) = manifest.folders_in_root().into_iter().find(|folder| *folder == self.name) {
            return Some(Hit::Folder(folder));
        }
        (disable_name(manifest.file.name()) == self.name).then_some(Hit::File)
    }

    fn draft(&self, manifest: &Manifest<'_>, hit: Hit<'_>) -> Draft {
        let (what, noun) = match hit {
            Hit::File => (format!("`{}`", manifest.file.name()), "file"),
            Hit::Folder(folder) => (format!("all files in `{folder}`"), "folder"),
        };
        let message = format!(
            "RKE2 deletes {what} at startup and uninstalls the objects; `{}` {}",
            self.name, self.why
        );
        let draft = Draft::new(Span::file_start(manifest.file.id), message);
        match self.at {
            Some(at) => draft
                .related(at, "disabled here")
                .help(format!("rename the {noun}, or remove `{}` from `disable`", self.name)),
            None => draft.help(format!("rename the {noun}")),
        }
    }
}

/// The names that are known to be disabled on the assumed server.
fn disabled(context: &Context<'_, '_>) -> Vec<Disabled> {
    let always = |name: &str| {
        let why = match name {
            "servicelb" => "is disabled unless `enable-servicelb` is set",
            _ => "is always disabled",
        };
        Disabled { name: name.to_owned(), why, at: None }
    };
    let mut disabled = vec![always("rke2-kube-proxy")];
    for name in ALWAYS_DISABLED {
        let kept = name == "servicelb"
            && context.server.is_none_or(|server| server.fact("enable-servicelb").is_true() != Some(false));
        if !kept {
            disabled.push(always(name));
        }
    }
    let Some(server) = context.server else { return disabled };
    for (node, part) in server.setting("disable").map(crate::rke2::config::Setting::parts).unwrap_or_default()
    {
        disabled.push(Disabled { name: part, why: "is in `disable`", at: Some(node.span()) });
    }
    if let Fact::Known(cni) = context.cluster.cni(Some(server))
        && let Some(selected) = cni.value.as_text()
        && let Some(values) = context.cluster.target.newest().and_then(catalog::config_values)
    {
        for name in
            values.cni.iter().filter(|name| **name != selected && !matches!(name.as_str(), "none" | "multus"))
        {
            for suffix in ["", "-crd"] {
                let why = "belongs to an unselected CNI";
                disabled.push(Disabled { name: format!("rke2-{name}{suffix}"), why, at: None });
            }
        }
    }
    disabled
}
