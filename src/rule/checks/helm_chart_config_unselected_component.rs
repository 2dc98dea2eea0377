//! `helm-chart-config/unselected-component`: values for a chart that RKE2 does not deploy.

use crate::cluster::charts::{Manifest, SYSTEM_NAMESPACE};
use crate::cluster::chosen::{Selector, selector};
use crate::cluster::fact::Fact;
use crate::cluster::grouping::words::{is_base, is_set_apart};
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::Entry;

const CNIS: [&str; 5] = ["none", "calico", "canal", "cilium", "flannel"];
const INGRESSES: [&str; 3] = ["none", "ingress-nginx", "traefik"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Object { object, manifest }, Some(server)) = (context.target, context.server) else {
        return;
    };
    let Some(name) = object.name() else { return };
    if object.namespace().as_deref() != Some(SYSTEM_NAMESPACE) || !context.cluster.is_packaged(&name) {
        return;
    }
    // Each folder of a guessed manifests directory may contain a variant.
    if !manifest.is_certain()
        && (manifest.folder_in_root().is_some_and(|folder| !folder.is_empty())
            || is_set_apart(manifest.file.name()))
    {
        return;
    }
    if !manifest.is_certain() && is_base(&object.file.place) {
        return;
    }
    let Some(reason) = disabled(server, &name).or_else(|| unselected(context, server, &name)) else { return };
    let mut draft = Draft::new(
        object.label_span(),
        format!("{}, so RKE2 does not deploy `{name}` and these values have no effect", reason.words),
    )
    .help(reason.help);
    if let Some(span) = reason.span {
        draft = draft.related(span, "set here");
    }
    drafts.push(draft);
}

struct Reason {
    words: String,
    span: Option<Span>,
    help: String,
}

fn disabled(server: &NodeConfig<'_>, name: &str) -> Option<Reason> {
    let (node, _) = server.setting("disable")?.parts().into_iter().find(|(_, part)| part == name)?;
    Some(Reason {
        words: "`disable` lists this chart".to_owned(),
        span: Some(node.span()),
        help: format!("remove this object, or remove `{name}` from `disable`"),
    })
}

fn unselected(context: &Context<'_, '_>, server: &NodeConfig<'_>, name: &str) -> Option<Reason> {
    let Selector { key, word: component } = selector(name)?;
    let (fact, valid) = match (key, component) {
        ("cni", "multus") => return without_multus(context, server),
        ("cni", _) => (context.cluster.cni(Some(server)), CNIS.as_slice()),
        ("ingress-controller", _) => (context.cluster.ingress(Some(server)), INGRESSES.as_slice()),
        _ => return None,
    };
    let Fact::Known(found) = fact else { return None };
    // A default counts only if the file certainly belongs to a server.
    if found.at.is_none() && !is_surely_server(context, server) {
        return None;
    }
    let selected: Vec<String> = found
        .value
        .elements()
        .into_iter()
        .map(|part| part.as_text().map(Into::into))
        .collect::<Option<_>>()?;
    // Values that RKE2 rejects are reported by another rule.
    if selected.is_empty() || selected.iter().any(|part| part == component || !valid.contains(&part.as_str()))
    {
        return None;
    }
    let selected = selected.join("`, `");
    let words = if found.at.is_some() {
        format!("`{key}` is `{selected}`")
    } else {
        format!("`{key}` defaults to `{selected}`")
    };
    let help = format!("remove this object, or set `{key}: {component}` in config.yaml on every server");
    Some(Reason { words, span: found.at.or_else(|| server.place()), help })
}

fn without_multus(context: &Context<'_, '_>, server: &NodeConfig<'_>) -> Option<Reason> {
    let help = "remove this object, or put `multus` first in `cni`".to_owned();
    let Some(setting) = server.setting("cni") else {
        return (server.is_complete() && is_surely_server(context, server)).then(|| Reason {
            words: "`cni` defaults to `canal` alone".to_owned(),
            span: server.place(),
            help,
        });
    };
    let parts = setting.parts();
    let known = parts.iter().all(|(_, part)| CNIS.contains(&part.as_str()));
    if !setting.is_literal() || !known || parts.is_empty() {
        return None;
    }
    let names: Vec<&str> = parts.iter().map(|(_, part)| part.as_str()).collect();
    Some(Reason {
        words: format!("`cni` is `{}`", names.join("`, `")),
        span: setting.entries.last().map(Entry::label_span),
        help,
    })
}

/// Whether a configuration certainly belongs to a server: it has a key that only servers read, or it is the only
/// configuration and the tree has RKE2's manifests directory.
fn is_surely_server(context: &Context<'_, '_>, server: &NodeConfig<'_>) -> bool {
    let cluster = context.cluster;
    server.has_server_key()
        || (cluster.nodes.len() == 1 && cluster.manifests.iter().any(Manifest::is_certain))
}
