//! `cni-canal/psk-needs-inner-quotes`: a value that the chart renders unquoted into JSON.

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
            "`psk` needs inner quotes; rke2-canal renders it unquoted into Flannel's JSON, and flanneld exits"
        }
        Datum::Int(number) if *number != 0 => {
            "`psk` becomes a number in Flannel's JSON, which expects a string; flanneld exits"
        }
        _ => return,
    };
    let mut draft = Draft::new(at, message).help("add double quotes to the value: `psk: '\"…\"'`");
    if let Datum::Text(key) = &value
        && !key.contains(['"', '\'', '\\', '\n'])
    {
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: "add double quotes to the value".to_owned(),
            edits: vec![Edit { span: at, replacement: format!("'\"{key}\"'") }],
        });
    }
    drafts.push(draft);
}

fn is_json_text(text: &str) -> bool {
    let text = text.trim();
    text.len() > 1 && text.starts_with('"') && text.ends_with('"')
}
