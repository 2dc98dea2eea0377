//! `cni-canal/psk-needs-inner-quotes`: a value that the chart prints bare into JSON.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    if context.value(&["flannel", "backend"]).value() != Some(&Datum::Text("wireguard".into())) {
        return;
    }
    let Fact::Known(Found { value, at: Some(at) }) = context.value(&["flannel", "psk"]) else { return };
    let message = match &value {
        // The chart leaves an empty key out.
        Datum::Text(key) if key.is_empty() || is_json_text(key) => return,
        Datum::Text(_) => {
            "the key stands without quotes in Flannel's JSON: flanneld cannot read its configuration"
        }
        Datum::Int(number) if *number != 0 => {
            "the key becomes a number in Flannel's JSON: flanneld wants text and stops"
        }
        _ => return,
    };
    let mut draft = Draft::new(at, message).help("put double quotes into the value: `psk: '\"…\"'`");
    if let Datum::Text(key) = &value
        && !key.contains(['"', '\'', '\\', '\n'])
    {
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: "put double quotes into the value".to_owned(),
            edits: vec![Edit { span: at, replacement: format!("'\"{key}\"'") }],
        });
    }
    drafts.push(draft);
}

fn is_json_text(text: &str) -> bool {
    let text = text.trim();
    text.len() > 1 && text.starts_with('"') && text.ends_with('"')
}
