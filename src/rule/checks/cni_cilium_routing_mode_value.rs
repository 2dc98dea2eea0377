//! `cni-cilium/routing-mode-value`: unknown routing modes and tunnel protocols.

use crate::cluster::cilium::ROUTING;
use crate::cluster::fact::{Datum, Fact};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    for (key, words) in ROUTING {
        let Fact::Known(found) = values.fact(&[key]) else { continue };
        let (Datum::Text(text), Some(at)) = (&found.value, found.at) else { continue };
        if text.is_empty() || words.contains(&text.as_ref()) {
            continue;
        }
        let message =
            format!("`{text}` is not a `{key}` (expected {}); Cilium's agents exit", words.join(" or "));
        let mut draft = Draft::new(at, message);
        if key == "tunnelProtocol" && text == "disabled" {
            draft = draft.help("remove `tunnelProtocol`; `routingMode: native` disables tunnels");
            let routing = values.fact(&["routingMode"]);
            let native = routing.value().and_then(Datum::as_text).is_some_and(|mode| mode == "native");
            draft.fix = native.then(|| Fix {
                safety: Safety::Safe,
                message: "set `tunnelProtocol` to its default".to_owned(),
                edits: vec![Edit { span: at, replacement: "\"\"".to_owned() }],
            });
        } else {
            draft = draft.help(format!("write `{key}: {}` or `{key}: {}`", words[0], words[1]));
        }
        drafts.push(draft);
    }
}
