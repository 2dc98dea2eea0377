//! `cni-calico/felix-value`: strings under `felixConfiguration` and `ipamConfig` that Calico's resource definitions
//! reject.

use crate::catalog::calico::{Pattern, pattern, patterns};
use crate::cluster::fact::{Datum, Fact};
use crate::finding::Safety;
use crate::rule::{Context, Draft, edit};
use crate::spelling::nearest;
use crate::yaml::template_mark;

/// Values of `IPAMConfig` that the template copies verbatim.
const SWITCHES: [&str; 2] = ["strictAffinity", "autoAllocateBlocks"];
/// Lists of `FelixConfiguration` whose elements are maps.
const PORTS: [&str; 2] = ["failsafeInboundHostPorts", "failsafeOutboundHostPorts"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let versions = context.cluster.versions("rke2-calico");
    let Some(versions) =
        versions.iter().copied().collect::<Option<Vec<&str>>>().filter(|all| !all.is_empty())
    else {
        return;
    };
    let mut paths: Vec<&str> = patterns().iter().map(|row| row.path).collect();
    paths.dedup();
    for path in paths {
        let keys: Vec<&str> = path.split('.').collect();
        let Some((text, at)) = written(context, &keys) else { continue };
        let found: Option<Vec<&Pattern>> = versions.iter().map(|version| pattern(path, version)).collect();
        let Some(found) = found.filter(|found| found.iter().all(|pattern| !pattern.accepts(&text))) else {
            continue;
        };
        let message =
            format!("invalid `{path}` `{text}`; the API server rejects Calico's FelixConfiguration");
        let (help, near) = help(&found, &text);
        let edit = near.and_then(|near| {
            edit::reword(context.written(&keys).filter(|own| own.value.span() == at)?.value, near)
        });
        drafts.push(Draft::new(at, message).help(help).fixed(Safety::Safe, "correct the spelling", edit));
    }
    for key in SWITCHES {
        let Some((text, at)) = written(context, &["ipamConfig", key]) else { continue };
        if !["true", "false"].contains(&text.as_str()) {
            drafts.push(
                Draft::new(
                    at,
                    format!(
                        "invalid `ipamConfig.{key}` `{text}`; the API server rejects Calico's IPAMConfig"
                    ),
                )
                .help("write `true` or `false`"),
            );
        }
    }
    for key in PORTS {
        let value = context.value(&["felixConfiguration", key]);
        let Some(Datum::List(items)) = value.value() else { continue };
        for item in items {
            let (Some(text), Some(at)) = (item.value.as_text(), item.at) else { continue };
            if template_mark(&text).is_none() {
                let message = format!(
                    "element `{text}` of `felixConfiguration.{key}` is not a map; the API server rejects Calico's \
                     FelixConfiguration"
                );
                drafts.push(Draft::new(at, message).help(format!("write `{{protocol: tcp, port: {text}}}`")));
            }
        }
    }
}

/// A string that the user wrote, as the template renders it.
fn written(context: &Context<'_, '_>, path: &[&str]) -> Option<(String, crate::source::Span)> {
    let fact = context.value(path);
    let Fact::Known(found) = &fact else { return None };
    let Datum::Text(text) = &found.value else { return None };
    (fact.is_written() == Some(true) && template_mark(text).is_none())
        .then_some((text.to_string(), found.at?))
}

/// The help, and the value that was probably meant, if one is close.
fn help<'p>(patterns: &[&'p Pattern], text: &str) -> (String, Option<&'p str>) {
    let Some(Pattern::Words(words)) = patterns.last() else {
        return ("write whole numbers with a unit, for example `90s`".to_owned(), None);
    };
    match nearest(text, words.iter().copied(), 2) {
        Some(near) => (format!("did you mean `{near}`?"), Some(near)),
        None => (format!("use one of `{}`", words.join("`, `")), None),
    }
}
