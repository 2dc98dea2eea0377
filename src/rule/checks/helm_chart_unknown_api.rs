//! `helm-chart/unknown-api`: a HelmChart or HelmChartConfig of an unknown group, version or kind.

use crate::finding::Safety;
use crate::rke2::object::{HELM_GROUP, MISTAKEN_HELM_GROUPS, group_of};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, NodeRef, Style, template_mark};

const CONFIG: &str = "HelmChartConfig";
const KINDS: [&str; 2] = ["HelmChart", CONFIG];
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
    let group = group_of(version);
    let is_helm = group == HELM_GROUP || MISTAKEN_HELM_GROUPS.contains(&group);
    let known = KINDS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    let Some(known) = known.or_else(|| is_helm.then(|| meant(name))?) else { return };
    // Flux also defines a kind `HelmChart`; `HelmChartConfig` exists nowhere else.
    if !is_helm && name != CONFIG {
        return;
    }
    if version != VERSION {
        drafts.push(draft(&api, &format!("the API `{version}` has no kind `{known}`"), VERSION));
    }
    if name != known {
        drafts.push(draft(&kind, &format!("the API `{VERSION}` has no kind `{name}`"), known));
    }
}

/// The kind that is meant by a name with different separators, in the plural or in a longer form. Other kinds of the
/// group, such as `ProjectHelmChart`, belong to other controllers.
fn meant(name: &str) -> Option<&'static str> {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    match letters.to_ascii_lowercase().as_str() {
        "helmcharts" => Some("HelmChart"),
        "helmchartconfig" | "helmchartconfigs" | "helmchartconfiguration" | "helmconfig" => Some(CONFIG),
        _ => None,
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
