//! What replaced removed keys of the charts: advice only. The catalogue says whether a key was removed.

use super::walk::{Walk, is_template};
use super::{Fault, Verdict, words};
use crate::catalog::{ChartView, Lookup, compare_versions};
use crate::cluster::fact::Datum;
use crate::finding::Safety;
use crate::finding::Severity;
use crate::rule::{Draft, edit};
use crate::yaml::{Entry, Kind, NodeRef, Value};

const CILIUM: &str = "rke2-cilium";
const TRAEFIK: &str = "rke2-traefik";
const KPR: &str = "kubeProxyReplacement";

/// A key that has gone. `*` stands for any key; in the advice, for the key that was written there.
struct Gone {
    chart: &'static str,
    path: &'static [&'static str],
    verdict: Verdict,
    /// The places that may have taken over, each to be named only where the chart has it.
    successors: &'static [&'static [&'static str]],
    advice: &'static str,
    /// The first and last version with whose templates Helm fails on the key, where some do.
    fails: Option<(&'static str, &'static str)>,
}

const fn cilium(
    path: &'static [&'static str],
    successors: &'static [&'static [&'static str]],
    advice: &'static str,
) -> Gone {
    Gone { chart: CILIUM, path, verdict: Verdict::CiliumGone, successors, advice, fails: None }
}

const fn traefik(
    path: &'static [&'static str],
    successors: &'static [&'static [&'static str]],
    advice: &'static str,
) -> Gone {
    Gone { chart: TRAEFIK, path, verdict: Verdict::TraefikMoved, successors, advice, fails: None }
}

const GONE: &[Gone] = &[
    cilium(&["hostServices"], &[&["socketLB", "enabled"]], "remove it"),
    cilium(&["installIptablesRules"], &[], "remove it"),
    cilium(&["bgp"], &[&["bgpControlPlane", "enabled"]], "remove it"),
    cilium(
        &["encryption", "wireguard", "userspaceFallback"],
        &[],
        "remove it; WireGuard needs the kernel module",
    ),
    cilium(
        &["externalIPs"],
        &[&["kubeProxyReplacement"]],
        "remove it; `kubeProxyReplacement: true` includes it",
    ),
    cilium(
        &["hostPort"],
        &[&["kubeProxyReplacement"]],
        "remove it; `kubeProxyReplacement: true` includes it",
    ),
    cilium(
        &["nodePort", "enabled"],
        &[&["kubeProxyReplacement"]],
        "remove it; `kubeProxyReplacement: true` includes it",
    ),
    cilium(
        &["encryption", "strictMode", "enabled"],
        &[&["encryption", "strictMode", "egress", "enabled"]],
        "remove it",
    ),
    Gone {
        fails: Some(("34.2.000", "37.4.001")),
        ..traefik(
            &["ports", "*", "redirectTo"],
            &[
                &["ports", "*", "http", "redirections", "entryPoint"],
                &["ports", "*", "redirections", "entryPoint"],
            ],
            "remove it",
        )
    },
    traefik(&["ports", "*", "redirections"], &[&["ports", "*", "http", "redirections"]], "remove it"),
    traefik(&["ports", "*", "tls"], &[&["ports", "*", "http", "tls"]], "remove it"),
    traefik(&["logs", "general"], &[&["log"]], "remove it"),
    traefik(&["logs", "access"], &[&["accessLog"]], "remove it"),
    traefik(&["service", "type"], &[&["service", "spec", "type"]], "remove it"),
    traefik(
        &["service", "additionalServices", "*", "type"],
        &[&["service", "additionalServices", "*", "spec", "type"]],
        "remove it",
    ),
    traefik(&["service", "externalIPs"], &[&["service", "spec", "externalIPs"]], "remove it"),
    traefik(
        &["service", "additionalServices", "*", "externalIPs"],
        &[&["service", "additionalServices", "*", "spec", "externalIPs"]],
        "remove it",
    ),
    traefik(&["service", "ipFamilies"], &[&["service", "spec", "ipFamilies"]], "remove it"),
    traefik(
        &["service", "additionalServices", "*", "ipFamilies"],
        &[&["service", "additionalServices", "*", "spec", "ipFamilies"]],
        "remove it",
    ),
    traefik(&["service", "ipFamilyPolicy"], &[&["service", "spec", "ipFamilyPolicy"]], "remove it"),
    traefik(
        &["service", "additionalServices", "*", "ipFamilyPolicy"],
        &[&["service", "additionalServices", "*", "spec", "ipFamilyPolicy"]],
        "remove it",
    ),
    traefik(&["service", "loadBalancerClass"], &[&["service", "spec", "loadBalancerClass"]], "remove it"),
    traefik(
        &["service", "additionalServices", "*", "loadBalancerClass"],
        &[&["service", "additionalServices", "*", "spec", "loadBalancerClass"]],
        "remove it",
    ),
    traefik(
        &["service", "loadBalancerSourceRanges"],
        &[&["service", "spec", "loadBalancerSourceRanges"]],
        "remove it",
    ),
    traefik(
        &["service", "additionalServices", "*", "loadBalancerSourceRanges"],
        &[&["service", "additionalServices", "*", "spec", "loadBalancerSourceRanges"]],
        "remove it",
    ),
    traefik(&["globalArguments"], &[&["additionalArguments"]], "remove it"),
];

/// A key that has gone, with its successor: one that no version has by its name, even below an open parent.
pub(super) fn gone(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let chart = walk.name;
    let entry = GONE.iter().find(|gone| gone.chart == chart && covers(gone.path, path, field.value))?;
    // Only a key that some release had can have gone; for the pattern itself, the catalogue must be sure.
    if walk.lookups(entry.path).iter().any(|lookup| lookup.is_accepted() && !is_guard(*lookup)) {
        return None;
    }
    // A release that is older than the key says so elsewhere.
    let until = super::unknown::last_release(walk, entry.path)?;
    let shown = words::path(path);
    let fails = |view: &ChartView<'_>| {
        is_guard(view.lookup(path))
            || entry.fails.is_some_and(|(first, last)| {
                compare_versions(view.version(), first).is_ge()
                    && compare_versions(view.version(), last).is_le()
            })
    };
    let failing = walk.views.iter().filter(|view| fails(view)).count();
    let guarded = failing == walk.views.len();
    let effect = match failing {
        _ if guarded => "fails to install with it",
        0 => "silently ignores it",
        _ => "fails to install with it or silently ignores it",
    };
    let message = match walk.source {
        Some(_) => format!("`{shown}` was removed; {} {effect}", walk.chart()),
        None => format!("`{shown}` was removed from {chart} after {until}; {} {effect}", walk.chart()),
    };
    let help = match successor(walk, entry, path) {
        Some(successor) if successor.len() == 1 && entry.advice.contains(&successor[0]) => {
            entry.advice.to_owned()
        }
        Some(successor) => format!("use `{}`", words::path(&successor)),
        None => entry.advice.split(':').next().unwrap_or(entry.advice).to_owned(),
    };
    let found = successor(walk, entry, path).filter(|_| path.len() == entry.path.len());
    let moved = found.and_then(|to| walk.relocate(path, &to));
    let draft =
        Draft::new(field.key.span(), message).help(help).fixed(Safety::Unsafe, "move the value", moved);
    let fault = Fault::new(entry.verdict, draft);
    Some(match (guarded, is_included(walk, entry)) {
        (true, _) => fault.severity(Severity::Error),
        (false, true) => fault.severity(Severity::Info),
        (false, false) => fault,
    })
}

/// Whether Cilium's kube-proxy replacement is on, which does what the key did.
fn is_included(walk: &Walk<'_, '_>, entry: &Gone) -> bool {
    entry.successors.contains(&&[KPR][..]) && {
        let fact = walk.effective.fact(&[KPR]);
        let text = fact.value().and_then(Datum::as_text);
        text.is_some_and(|text| matches!(text.as_ref(), "true" | "strict"))
    }
}

/// Whether the written path is the one that has gone, or a parent of it that holds nothing else.
fn covers(gone: &[&str], path: &[String], value: NodeRef<'_>) -> bool {
    let fits = gone.iter().zip(path).all(|(gone, key)| *gone == "*" || gone == key);
    if !fits || path.len() > gone.len() {
        return false;
    }
    let mut node = value;
    for key in &gone[path.len()..] {
        match node.get(key) {
            Some(below) => node = below,
            None => return false,
        }
    }
    true
}

fn is_guard(lookup: Lookup<'_>) -> bool {
    lookup.attr().is_some_and(crate::catalog::Attr::is_guard_only)
}

fn successor(walk: &Walk<'_, '_>, entry: &Gone, path: &[String]) -> Option<Vec<String>> {
    let found = entry
        .successors
        .iter()
        .find(|successor| walk.views.iter().all(|view| view.lookup(successor).is_accepted()))?;
    let fill = |(index, key): (usize, &&str)| match (*key, path.get(index)) {
        ("*", Some(written)) => written.clone(),
        (key, _) => key.to_owned(),
    };
    Some(found.iter().enumerate().map(fill).collect())
}

/// What to write in place of a key that the chart refuses.
pub(super) struct Advice {
    /// In words.
    pub(super) help: String,
    /// Where the value goes, if it stays the same.
    pub(super) to: Option<Vec<String>>,
}

/// What to write in place of a key that the chart refuses.
pub(super) fn advice(chart: &str, path: &[String], value: NodeRef<'_>) -> Option<Advice> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let text = value.text().unwrap_or_default();
    let words = |help: String| Some(Advice { help, to: None });
    let to = |place: &[&str]| {
        let to: Vec<String> = place.iter().map(|key| (*key).to_owned()).collect();
        Some(Advice { help: format!("write `{}` instead", words::path(&to)), to: Some(to) })
    };
    match (chart, path.as_slice()) {
        (CILIUM, ["tunnel"]) => match text {
            "disabled" => words(
                "write `routingMode: native` instead, and set `ipv4NativeRoutingCIDR` to the pod range"
                    .to_owned(),
            ),
            "vxlan" | "geneve" => Some(Advice {
                help: format!("write `tunnelProtocol: {text}` instead"),
                to: Some(vec!["tunnelProtocol".to_owned()]),
            }),
            _ => words("write `routingMode` and `tunnelProtocol` instead".to_owned()),
        },
        (CILIUM, ["enableCiliumEndpointSlice"]) => to(&["ciliumEndpointSlice", "enabled"]),
        (CILIUM, ["clustermesh", "apiserver", "tls", "ca", key @ ("cert" | "key")]) => {
            to(&["tls", "ca", key])
        }
        (CILIUM, ["encryption", key @ ("interface" | "keyFile" | "mountPath" | "secretName")]) => {
            to(&["encryption", "ipsec", key])
        }
        (CILIUM, ["proxy", "prometheus", key @ ("enabled" | "port")]) => to(&["envoy", "prometheus", key]),
        (CILIUM, ["ipam", "operator", key @ ("clusterPoolIPv4PodCIDR" | "clusterPoolIPv6PodCIDR")]) => {
            words(format!("write `ipam.operator.{key}List: [\"{text}\"]` instead"))
        }
        (TRAEFIK, ["certResolvers"]) => to(&["certificatesResolvers"]),
        _ => None,
    }
}

/// `ports.web.expose: true` where the chart reads a map.
pub(super) fn exposed_by_scalar(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let [ports, _, expose] = path else { return None };
    if walk.name != TRAEFIK || ports != "ports" || expose != "expose" {
        return None;
    }
    let Some(Value::Bool(value)) = field.value.value().filter(|_| field.value.kind() == Kind::Scalar) else {
        return None;
    };
    let map = walk.views.iter().all(|view| view.lookup(&["ports", "*", "expose", "*"]).attr().is_some());
    map.then(|| {
        let shown = words::path(path);
        let message = format!(
            "`{shown}` is `{value}`, but {} reads `{shown}.default`, so the install fails",
            walk.chart()
        );
        let help = format!("write `{shown}: {{default: {value}}}`");
        let nested = edit::rewrite(field.value, &format!("{{default: {value}}}"));
        let draft = Draft::new(field.label_span(), message).help(help);
        Fault::new(Verdict::TraefikMoved, draft.fixed(Safety::Safe, "write a map", nested))
            .severity(Severity::Error)
    })
}

/// The compatibility provider for ingress-nginx, which had two names.
pub(super) fn nginx_provider(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    const OLD: &str = "kubernetesIngressNginx";
    const NEW: &str = "kubernetesIngressNGINX";
    let [providers, key] = path else { return None };
    if walk.name != TRAEFIK || providers != "providers" || is_template(field.value) {
        return None;
    }
    let other = match key.as_str() {
        OLD => NEW,
        NEW => OLD,
        _ => return None,
    };
    let has = |key: &str| walk.views.iter().all(|view| view.lookup(&["providers", key]).attr().is_some());
    let shown = words::path(path);
    let chart = walk.chart();
    let newer = walk.cluster.target.beyond_catalogue().is_some();
    let (severity, message) = if walk.is_unknown(path) && has(other) && !newer {
        (
            Severity::Error,
            format!(
                "`{shown}` is unknown to {chart}; Ingresses with ingress-nginx annotations are served without them"
            ),
        )
    } else if key == OLD && has(OLD) && has(NEW) {
        (
            Severity::Info,
            format!("`{shown}` was renamed to `providers.{NEW}`; {chart} still reads the old name"),
        )
    } else {
        return None;
    };
    let taken = walk.is_written(&["providers".to_owned(), other.to_owned()]);
    let draft = Draft::new(field.key.span(), message).help(format!("write `providers.{other}`")).fixed(
        Safety::Safe,
        "rename the key",
        edit::rename(field, other).filter(|_| !taken),
    );
    Some(Fault::new(Verdict::TraefikNginx, draft).severity(severity))
}

/// The MTU of Canal, whose key is spelt in a way that nobody expects.
pub(super) fn canal_mtu(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let path_words: Vec<&str> = path.iter().map(String::as_str).collect();
    let ([name] | ["calico", name]) = path_words.as_slice() else { return None };
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if walk.name != "rke2-canal" || !matches!(plain.as_str(), "mtu" | "vethmtu" | "vethumtu") {
        return None;
    }
    let message = format!(
        "`{}` is not a value of {}; Helm silently ignores it and pods keep the default MTU",
        words::path(path),
        walk.chart()
    );
    let help = match field.value.text().filter(|text| text.parse::<u32>().is_ok()) {
        Some(text) => format!("write `{}` (with the `u`)", words::flow(&["calico", "vethuMTU"], text)),
        None => "write `calico.vethuMTU` (with the `u`)".to_owned(),
    };
    let draft = Draft::new(field.key.span(), message).help(help);
    let moved = walk.relocate(path, &["calico", "vethuMTU"]);
    Some(Fault::new(Verdict::CanalMtu, draft.fixed(Safety::Unsafe, "move the value", moved)))
}
