//! `cni-calico/enum-value`: values under `installation` that the schema of Calico's Installation does not
//! allow.

use crate::catalog::{ChartView, Scalar};
use crate::cluster::calico::pools;
use crate::cluster::fact::Datum;
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};
use crate::source::Span;

const BACKENDS: &[&str] = &["IPIP", "IPIPCrossSubnet", "VXLAN", "VXLANCrossSubnet", "None"];
const SWITCH: &[&str] = &["Enabled", "Disabled"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let views = context.cluster.views("rke2-calico");
    let installation = context.value(&["installation"]);
    let Some(Datum::Map(_)) = installation.value() else { return };
    if views.is_empty() {
        return;
    }
    let mut path = vec!["installation".to_owned()];
    visit(installation.value().unwrap_or(&Datum::Null), None, &mut path, &mut |path, value, at| {
        if let Some(allowed) = words(&views, path) {
            drafts.extend(judge(path, value, at, &allowed));
        } else if path == ["installation", "nonPrivileged"]
            && let Datum::Bool(found) = value
        {
            let message =
                format!("expected a string, found `{found}`; the API server rejects Calico's Installation");
            drafts.push(replaced(at, message, if *found { "Enabled" } else { "Disabled" }));
        }
    });
    // The chart reads neither of these if the user defines pools.
    let own_pools = pools(&context.value(&["installation", "calicoNetwork", "ipPools"]))
        .is_none_or(|pools| !pools.is_empty());
    for (key, allowed) in [("backend", BACKENDS), ("natOutgoing", SWITCH)] {
        let path = ["installation", key].map(str::to_owned);
        if own_pools || !views.iter().all(|view| view.lookup(&path).attr().is_some()) {
            continue;
        }
        let fact = context.value(&["installation", key]);
        if let (Some(value), Some(at), Some(true)) = (fact.value(), fact.span(), fact.is_written()) {
            let allowed: Vec<String> = allowed.iter().map(|word| (*word).to_owned()).collect();
            drafts.extend(judge(&path, value, at, &allowed));
        }
    }
}

/// Calls back for every scalar that is written, with the keys that lead to it.
fn visit(
    value: &Datum<'_>,
    at: Option<Span>,
    path: &mut Vec<String>,
    found: &mut impl FnMut(&[String], &Datum<'_>, Span),
) {
    match value {
        Datum::Map(entries) => {
            for (key, item) in entries {
                path.push(key.to_string());
                visit(&item.value, item.at, path, found);
                path.pop();
            }
        }
        Datum::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                visit(&item.value, item.at, path, found);
                path.pop();
            }
        }
        scalar => {
            if let Some(at) = at {
                found(path, scalar, at);
            }
        }
    }
}

/// The values that some version of the chart accepts; `None` if some version accepts any value.
fn words(views: &[ChartView<'_>], path: &[String]) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    for view in views {
        let attr = view.lookup(path).attr()?;
        if attr.enum_values.is_empty() {
            return None;
        }
        for word in &attr.enum_values {
            let Scalar::String(word) = word else { return None };
            if !words.iter().any(|known| **known == **word) {
                words.push(word.to_string());
            }
        }
    }
    Some(words)
}

fn judge(path: &[String], value: &Datum<'_>, at: Span, allowed: &[String]) -> Option<Draft> {
    let switch = allowed.iter().any(|word| word == "Enabled");
    let right = match value {
        Datum::Text(text) if text.is_empty() || allowed.iter().any(|word| word == text) => return None,
        Datum::Text(text) => allowed.iter().find(|word| word.eq_ignore_ascii_case(text)),
        Datum::Bool(on) if switch => {
            allowed.iter().find(|word| *word == if *on { "Enabled" } else { "Disabled" })
        }
        Datum::Bool(_) | Datum::Int(_) | Datum::Float(_) => None,
        Datum::Null | Datum::Opaque | Datum::List(_) | Datum::Map(_) => return None,
    };
    let key = path.last()?;
    let message = format!("invalid `{key}` `{value}`; the API server rejects Calico's Installation");
    if let Some(right) = right {
        return Some(replaced(at, message, right));
    }
    let words: Vec<&str> = allowed.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    Some(Draft::new(at, message).help(format!("use one of `{}`", words.join("`, `"))))
}

fn replaced(at: Span, message: String, right: &str) -> Draft {
    let help = format!("write `{right}`");
    let mut draft = Draft::new(at, message).help(help.clone());
    let edits = vec![Edit { span: at, replacement: right.to_owned() }];
    draft.fix = Some(Fix { safety: Safety::Safe, message: help, edits });
    draft
}
