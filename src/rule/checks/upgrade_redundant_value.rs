//! `upgrade/redundant-value`: a value that becomes the default of its chart.

use crate::catalog::{ChartView, default_value};
use crate::finding::Safety;
use crate::rule::chart_values::{dotted, scalar};
use crate::rule::{Context, Draft, UpgradedChart};
use crate::yaml::{Kind, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(UpgradedChart { values, before, after, .. }) = context.upgraded_chart() else { return };
    // With several layers, a default may be set to override another layer.
    if let ([root], false) = (values.layers.as_slice(), values.incomplete) {
        walk(context, (before, after), *root, &mut Vec::new(), drafts);
    }
}

fn walk(
    context: &Context<'_, '_>,
    views: (ChartView<'_>, ChartView<'_>),
    node: NodeRef<'_>,
    path: &mut Vec<String>,
    drafts: &mut Vec<Draft>,
) {
    for entry in node.entries().filter(|entry| !entry.is_merge()) {
        path.push(entry.name().into_owned());
        if entry.value.kind() == Kind::Mapping {
            walk(context, views, entry.value, path, drafts);
        } else if let Some(value) =
            scalar(entry.value).filter(|_| !entry.value.is_opaque() && !entry.value.is_null())
        {
            let (was, is) = (default_value(views.0, path), default_value(views.1, path));
            if is.as_ref() == Some(&value) && was.is_some_and(|was| was != value) {
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                let chart = views.1.chart().name();
                let message = format!("`{}: {value}` becomes the default of {chart}", dotted(path));
                let draft = Draft::new(entry.key.span(), message).help("remove it after the upgrade");
                drafts.push(draft.fixed(Safety::Unsafe, "remove the value", context.without_value(&keys)));
            }
        }
        path.pop();
    }
}
