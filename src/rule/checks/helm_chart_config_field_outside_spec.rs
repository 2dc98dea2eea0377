//! `helm-chart-config/field-outside-spec`: fields of a HelmChart or HelmChartConfig next to `spec`.

use crate::catalog::{self, chart_field};
use crate::rke2::object::HelmKind;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, template_mark};

/// The top-level fields of an object.
const FIELDS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let Some(kind) = object.helm_kind() else { return };
    let of_spec = |name: &str| chart_field(name).is_some_and(|field| kind == HelmKind::Chart || field.config);
    let chart = object.name().unwrap_or_default();
    for entry in object.node.fields() {
        let name = entry.name();
        // SOPS removes its block when it decrypts the file, and kustomize its directives.
        let of_a_tool = name.starts_with('$') || (name == "sops" && entry.value.kind() == Kind::Mapping);
        let aside =
            of_a_tool || name.starts_with("x-") || name.starts_with('.') || template_mark(&name).is_some();
        if aside || FIELDS.contains(&name.as_ref()) {
            continue;
        }
        let is_value = catalog::chart(&chart).is_some_and(|chart| chart.has(&[name.as_ref()]));
        let meant = FIELDS.iter().find(|field| field.eq_ignore_ascii_case(&name));
        let help = if let Some(meant) = meant {
            format!("write `{meant}`")
        } else if of_spec(&name) {
            format!("indent `{name}` under `spec`")
        } else if is_value && object.spec().is_some_and(|spec| spec.get("valuesContent").is_some()) {
            format!("indent `{name}` under `valuesContent`")
        } else {
            "remove it, or indent it under `spec`".to_owned()
        };
        let message = format!("unknown field `{name}` next to `spec`; the API server silently drops it");
        drafts.push(Draft::new(entry.key.span(), message).help(help));
    }
}
