//! `helm-chart/unknown-api`: a HelmChart or HelmChartConfig of an unknown group, version or kind.

use crate::finding::Safety;
use crate::rke2::object::{HELM_GROUP, MISTAKEN_HELM_GROUPS, group_of};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, NodeRef, Style, template_mark};

const KINDS: [&str; 2] = ["HelmChart", "HelmChartConfig"];
const VERSION: &str = "helm.cattle.io/v1";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let (Some(api), Some(kind)) = (object.node.entry("apiVersion"), object.node.entry("kind")) else {
        return;
    };
    let (Some(version), Some(name)) = (api.value.text(), kind.value.text()) else { return };
    if template_mark(version).is_some() || template_mark(name).is_some() {
        return;
    }
    let Some(known) = KINDS.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else { return };
    let group = group_of(version);
    if group != HELM_GROUP && !MISTAKEN_HELM_GROUPS.contains(&group) {
        return;
    }
    if version != VERSION {
        drafts.push(draft(&api, &format!("the API `{version}` has no kind `{known}`"), VERSION));
    }
    if name != known {
        drafts.push(draft(&kind, &format!("the API `{VERSION}` has no kind `{name}`"), known));
    }
}

fn draft(entry: &Entry<'_>, fact: &str, right: &str) -> Draft {
    let draft = Draft::new(entry.label_span(), format!("{fact}; RKE2 cannot apply this object"))
        .help(format!("write `{}: {right}`", entry.name()));
    if is_plain(entry.value) { draft.edit(Safety::Safe, entry.value.span(), right) } else { draft }
}

fn is_plain(node: NodeRef<'_>) -> bool {
    node.style() == Some(Style::Plain) && !node.is_alias()
}
