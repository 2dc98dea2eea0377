//! `helm-chart-config/image-pin-left-over`: pinned image tags.

use crate::catalog;
use crate::catalog::Scalar;
use crate::cluster::charts::is_packaged;
use crate::rke2::file::ValuesDocument;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, NodeRef, template_mark};

/// Tags that are not under an `image` key.
const TAGS: &[(&str, &[&str])] =
    &[("rke2-calico", &["tigeraOperator", "version"]), ("rke2-calico", &["calicoctl", "tag"])];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let Some(name) = object.name().filter(|name| is_packaged(name)) else { return };
    let texts = object.values_document().into_iter().flat_map(ValuesDocument::roots);
    let values = object.spec().and_then(|spec| spec.get("values"));
    for root in texts.chain(values) {
        walk(context, &name, root, &mut Vec::new(), drafts);
    }
}

fn walk(
    context: &Context<'_, '_>,
    chart: &str,
    node: NodeRef<'_>,
    path: &mut Vec<String>,
    drafts: &mut Vec<Draft>,
) {
    for entry in node.fields() {
        path.push(entry.name().into_owned());
        if entry.value.kind() == Kind::Mapping {
            walk(context, chart, entry.value, path, drafts);
        } else if is_tag(chart, path)
            && let Some(tag) =
                entry.value.text().filter(|tag| !tag.is_empty() && template_mark(tag).is_none())
            && !is_default(context, chart, path, tag)
        {
            drafts.push(
                Draft::new(
                    entry.label_span(),
                    format!(
                        "`{}` pins the image to `{tag}`, also after RKE2 upgrades the chart",
                        path.join(".")
                    ),
                )
                .help("remove the tag when the reason for it is gone"),
            );
        }
        path.pop();
    }
}

fn is_tag(chart: &str, path: &[String]) -> bool {
    let below_image = match path {
        [.., parent, last] => last == "tag" && parent.to_ascii_lowercase().ends_with("image"),
        _ => false,
    };
    below_image || TAGS.iter().any(|(of, tag)| *of == chart && path.iter().eq(tag.iter()))
}

fn is_default(context: &Context<'_, '_>, chart: &str, path: &[String], tag: &str) -> bool {
    let views = context.cluster.views(chart);
    views.iter().any(|view| {
        matches!(catalog::default_value(*view, path), Some(Scalar::String(default)) if *default == *tag)
    })
}
