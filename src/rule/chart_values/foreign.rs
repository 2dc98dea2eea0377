//! Values that belong to another chart, or are nested one level too deep.

use super::unknown::{first_leaf, has_near};
use super::walk::Walk;
use super::{Fault, Verdict, words};
use crate::catalog::{self, ChartView};
use crate::finding::Safety;
use crate::rule::Draft;
use crate::yaml::{Entry, Kind, NodeRef};

/// Keys of so many charts that they do not identify one.
const SHARED: &[&str] = &[
    "affinity",
    "commonLabels",
    "enabled",
    "env",
    "extraArgs",
    "fullnameOverride",
    "global",
    "image",
    "imagePullSecrets",
    "nameOverride",
    "nodeSelector",
    "podAnnotations",
    "podLabels",
    "podSecurityContext",
    "priorityClassName",
    "rbac",
    "replicas",
    "resources",
    "securityContext",
    "service",
    "serviceAccount",
    "tolerations",
    "updateStrategy",
];

/// How many unknown keys are compared with the chart's own keys before other charts are decoded. Comparing thousands of
/// keys takes longer than decoding.
const FEW: usize = 20;

/// Reports values that are all unknown to the chart and all known to another packaged chart.
pub(super) fn values_of_another(walk: &Walk<'_, '_>, root: NodeRef<'_>) -> Option<Fault> {
    let fields: Vec<Entry<'_>> =
        root.fields().into_iter().filter(|field| !walk.is_aside(&field.name(), field.value)).collect();
    let (unknown, known): (Vec<_>, Vec<_>) =
        fields.into_iter().partition(|field| walk.is_unknown(&[field.name()]));
    let first = *unknown.first()?;
    if !known.iter().all(|field| SHARED.contains(&field.name().as_ref())) {
        return None;
    }
    let telling = |field: &Entry<'_>| !SHARED.contains(&field.name().as_ref());
    // A newer release of the chart may have gained values that other charts already have.
    if walk.cluster.target.beyond_catalogue().is_some() {
        return None;
    }
    let few = unknown.len().min(FEW);
    if !unknown.iter().any(telling) || unknown[..few].iter().any(|field| is_slip(walk, *field)) {
        return None;
    }
    // A key that another version of the chart has is meant for this chart.
    let own = catalog::chart(walk.name)?;
    if unknown.iter().any(|field| telling(field) && own.has(&[field.name()])) {
        return None;
    }
    let release = walk.cluster.target.newest()?;
    let charts: Vec<&str> = catalog::charts()
        .filter(|chart| *chart != walk.name)
        .filter(|chart| {
            catalog::chart_at(release, chart)
                .is_some_and(|view| unknown.iter().all(|field| accepts(view, *field)))
        })
        .collect();
    if charts.is_empty() || unknown[few..].iter().any(|field| is_slip(walk, *field)) {
        return None;
    }
    let name = walk.name;
    let names: Vec<String> = charts.iter().map(|chart| format!("`{chart}`")).collect();
    let owner = match names.as_slice() {
        [] => return None,
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    };
    let which = match unknown.as_slice() {
        [one] => format!("`{}` is a value", one.name()),
        [one, two] => format!("`{}` and `{}` are values", one.name(), two.name()),
        [one, rest @ ..] => format!("`{}` and {} more keys are values", one.name(), rest.len()),
        [] => return None,
    };
    let message = format!("{which} of {owner}, not of {}; Helm silently ignores them", walk.chart());
    let message = if unknown.len() == 1 { message.replace("ignores them", "ignores it") } else { message };
    let help = match charts.as_slice() {
        [one] => format!("set `metadata.name: {one}`, or remove what `{name}` does not read"),
        _ => format!("set `metadata.name` to the intended chart, or remove what `{name}` does not read"),
    };
    let draft = Draft::new(first.key.span(), message)
        .help(help)
        .related(walk.object.object.label_span(), "chart of these values");
    Some(Fault::new(Verdict::ForeignValues, draft))
}

/// Whether a key looks like a misspelled or misplaced key of the chart itself.
fn is_slip(walk: &Walk<'_, '_>, field: Entry<'_>) -> bool {
    let mut path = vec![field.name().into_owned()];
    path.extend(first_leaf(field.value));
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    has_near(walk, &path)
}

/// Whether a chart knows a key by name and accepts the first value under it.
fn accepts(view: ChartView<'_>, field: Entry<'_>) -> bool {
    let mut path = vec![field.name().into_owned()];
    let named =
        view.lookup(&path).attr().is_some_and(|attr| !attr.is_guard_only() && !attr.is_only_commented());
    path.extend(first_leaf(field.value));
    named && view.lookup(&path).is_accepted()
}

/// Reports values that are all nested under one key with the name of the chart.
pub(super) fn wrapper(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let [key] = path else { return None };
    let name = walk.name;
    let short = name.strip_prefix("rke2-").unwrap_or(name);
    let alias =
        key == name || key == short || (short == "ingress-nginx" && key == "nginx-ingress-controller");
    if !alias || field.value.kind() != Kind::Mapping {
        return None;
    }
    let below = field.value.fields();
    let fits = |field: &Entry<'_>| walk.is_named(&[field.name()]) || field.name() == "global";
    if below.is_empty() || !below.iter().any(fits) {
        return None;
    }
    let message = format!(
        "values are nested under `{key}`, which is not a value of {}; Helm silently ignores all of them",
        walk.chart()
    );
    let first =
        below.iter().find(|field| fits(field)).map(|field| field.name().into_owned()).unwrap_or_default();
    let help = format!(
        "remove `{key}:` and dedent everything under it, so that `{}` is at the top level",
        words::path(&[first])
    );
    // The fix makes every value under the wrapper take effect.
    let draft = Draft::new(field.key.span(), message).help(help);
    let words = format!("remove `{key}:` and dedent what is under it");
    Some(Fault::new(Verdict::Wrapped, draft.fixed(Safety::Unsafe, words, walk.unwrap(field))))
}
