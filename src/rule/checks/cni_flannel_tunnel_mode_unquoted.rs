//! `cni-flannel/tunnel-mode-unquoted`: a value that the chart renders unquoted into JSON.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    if context.value(&["flannel", "backend"]).value() != Some(&Datum::Text("wireguard".into())) {
        return;
    }
    let Fact::Known(Found { value: Datum::Text(mode), at: Some(at) }) =
        context.value(&["flannel", "tunnelMode"])
    else {
        return;
    };
    // The chart leaves an empty mode out.
    if mode.is_empty() || mode.contains(['"', '\'', '\\']) {
        return;
    }
    let message = format!(
        "`{mode}` needs inner quotes; rke2-flannel renders it unquoted into Flannel's JSON, and flanneld exits"
    );
    let replacement = format!("'\"{mode}\"'");
    let help = format!("write `tunnelMode: {replacement}`");
    let mut draft = Draft::new(at, message).help(help.clone());
    draft.fix =
        Some(Fix { safety: Safety::Safe, message: help, edits: vec![Edit { span: at, replacement }] });
    drafts.push(draft);
}
