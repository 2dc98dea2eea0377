//! `cni-cilium/hubble-shorthand`: a scalar instead of Hubble's map of settings.

use crate::cluster::fact::{Datum, Fact};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};

const BLOCKS: [&[&str]; 3] = [&["hubble"], &["hubble", "relay"], &["hubble", "ui"]];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    for path in BLOCKS {
        let Fact::Known(found) = values.fact(path) else { continue };
        let Some(at) = found.at else { continue };
        let meant = match &found.value {
            Datum::Bool(value) => Some(*value),
            Datum::Text(text) => match text.as_ref() {
                "enabled" | "true" => Some(true),
                "disabled" | "false" => Some(false),
                _ => None,
            },
            Datum::Int(_) | Datum::Float(_) | Datum::List(_) => None,
            Datum::Null | Datum::Map(_) | Datum::Opaque => continue,
        };
        let key = path.join(".");
        let message = format!("`{key}`: expected a map, found `{}`; the install fails", found.value);
        let mut draft =
            Draft::new(at, message).help(format!("write `{key}.enabled: {}`", meant.unwrap_or(true)));
        draft.fix = meant.map(|meant| Fix {
            safety: Safety::Safe,
            message: format!("write `enabled: {meant}` under `{key}`"),
            edits: vec![Edit { span: at, replacement: format!("{{enabled: {meant}}}") }],
        });
        drafts.push(draft);
    }
}
