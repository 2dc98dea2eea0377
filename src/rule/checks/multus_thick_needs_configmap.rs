//! `multus/thick-needs-configmap`: parts of the thick plugin without what they need.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, values, .. } = context.target else { return };
    let fact = |path: &[&str]| context.cluster.value_fact(values, &object.name, path);
    let thick = fact(&["thickPlugin", "enabled"]);
    let dynamic = fact(&["dynamicNetworksController", "enabled"]);
    let config_map = fact(&["manifests", "configMap"]);
    if let (Some((true, Some(thick_at))), Some((false, Some(at)))) = (boolean(&thick), boolean(&config_map)) {
        let message = "`manifests.configMap` is `false`, but the thick plugin needs that ConfigMap; its daemon does not start";
        let mut draft = Draft::new(at, message)
            .related(thick_at, "thick plugin enabled here")
            .help("remove `manifests.configMap`, or set it to `true`");
        draft.fix = Some(set("manifests.configMap", at));
        drafts.push(draft);
    }
    if let (Some((true, Some(at))), Some((false, thick_at))) = (boolean(&dynamic), boolean(&thick)) {
        let message =
            "`dynamicNetworksController.enabled` is `true`, but the thick plugin that it needs is disabled";
        let mut draft = Draft::new(at, message).help("set `thickPlugin.enabled: true` as well");
        if let Some(thick_at) = thick_at {
            draft = draft.related(thick_at, "thick plugin disabled here");
            draft.fix = Some(set("thickPlugin.enabled", thick_at));
        }
        drafts.push(draft);
    }
}

fn boolean(fact: &Fact<'_>) -> Option<(bool, Option<Span>)> {
    match fact {
        Fact::Known(Found { value: Datum::Bool(value), at }) => Some((*value, *at)),
        _ => None,
    }
}

fn set(key: &str, at: Span) -> Fix {
    Fix {
        safety: if key == "manifests.configMap" { Safety::Safe } else { Safety::Unsafe },
        message: format!("set `{key}` to `true`"),
        edits: vec![Edit { span: at, replacement: "true".to_owned() }],
    }
}
