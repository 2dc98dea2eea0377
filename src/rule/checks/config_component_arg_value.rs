//! `config/component-arg-value`: values of flags with their own grammar or a fixed set of values.

use std::net::IpAddr;

use crate::rke2::node::{is_reserved_label, is_stand_in, label, taint};
use crate::rule::arguments::{Given, given, program};
use crate::rule::grammar::{is_go_duration, is_quantity};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;

/// What the value of a flag is made of.
#[derive(Clone, Copy)]
enum Grammar {
    /// One of some words.
    Word(&'static [&'static str]),
    /// Some words between commas.
    Words(&'static [&'static str]),
    /// `signal<quantity` or `signal<percent`.
    Thresholds,
    /// `signal=duration`.
    GracePeriods,
    /// `signal=quantity` or `signal=percent`.
    Reclaim,
    /// `resource=quantity`.
    Reserved,
    /// `key=value` labels.
    Labels,
    /// `key=value:Effect` taints.
    Taints,
    /// TLS cipher suites as Go names them.
    Ciphers,
    /// `name=value` between commas.
    Pairs,
    /// One `name=value`, which may hold commas.
    Pair,
    /// A whole number.
    Integer,
    /// A whole number from one to another.
    Within(i64, i64),
    /// A quantity of bytes.
    Quantity,
    /// An address.
    Ip,
    /// An address, with or without a port.
    IpPort,
}

const TLS: Grammar = Grammar::Word(&["", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"]);
const FORMAT: Grammar = Grammar::Word(&["text", "json"]);
const PERCENT: Grammar = Grammar::Within(0, 100);
const AUDIT_MODE: Grammar = Grammar::Word(&["batch", "blocking", "blocking-strict"]);

/// Component, flag, grammar. Sources: the flags' validation in kubernetes/kubernetes (pkg/kubelet/apis/config/validation,
/// pkg/kubelet/eviction, cmd/kubelet/app/server.go, pkg/kubeapiserver/authorizer/modes, pkg/proxy/apis/config), in
/// k8s.io/{apiserver,component-base} (cli/flag), klog, and etcd's server/embed/config.go.
const VALUES: &[(&str, &str, Grammar)] = &[
    ("kubelet", "eviction-hard", Grammar::Thresholds),
    ("kubelet", "eviction-soft", Grammar::Thresholds),
    ("kubelet", "eviction-soft-grace-period", Grammar::GracePeriods),
    ("kubelet", "eviction-minimum-reclaim", Grammar::Reclaim),
    ("kubelet", "kube-reserved", Grammar::Reserved),
    ("kubelet", "system-reserved", Grammar::Reserved),
    ("kubelet", "node-labels", Grammar::Labels),
    ("kubelet", "register-with-taints", Grammar::Taints),
    ("kubelet", "cpu-manager-policy", Grammar::Word(&["none", "static"])),
    ("kubelet", "memory-manager-policy", Grammar::Word(&["None", "Static", "BestEffort"])),
    (
        "kubelet",
        "topology-manager-policy",
        Grammar::Word(&["none", "best-effort", "restricted", "single-numa-node"]),
    ),
    ("kubelet", "topology-manager-scope", Grammar::Word(&["container", "pod"])),
    ("kubelet", "hairpin-mode", Grammar::Word(&["promiscuous-bridge", "hairpin-veth", "none"])),
    (
        "kubelet",
        "enforce-node-allocatable",
        Grammar::Words(&[
            "pods",
            "system-reserved",
            "system-reserved-compressible",
            "kube-reserved",
            "kube-reserved-compressible",
            "none",
        ]),
    ),
    ("kubelet", "authorization-mode", Grammar::Word(&["AlwaysAllow", "Webhook"])),
    ("kubelet", "tls-min-version", TLS),
    ("kubelet", "tls-cipher-suites", Grammar::Ciphers),
    ("kubelet", "logging-format", FORMAT),
    ("kubelet", "image-gc-high-threshold", PERCENT),
    ("kubelet", "image-gc-low-threshold", PERCENT),
    ("kubelet", "oom-score-adj", Grammar::Within(-1000, 1000)),
    ("kubelet", "max-pods", Grammar::Within(0, i32::MAX as i64)),
    ("kubelet", "container-log-max-files", Grammar::Within(2, i32::MAX as i64)),
    ("kubelet", "container-log-max-size", Grammar::Quantity),
    ("kubelet", "cpu-manager-policy-options", Grammar::Pairs),
    ("kubelet", "topology-manager-policy-options", Grammar::Pairs),
    ("kubelet", "address", Grammar::Ip),
    ("kubelet", "healthz-bind-address", Grammar::Ip),
    ("kubelet", "v", Grammar::Integer),
    ("kube-apiserver", "bind-address", Grammar::Ip),
    ("kube-apiserver", "advertise-address", Grammar::Ip),
    ("kube-apiserver", "oidc-required-claim", Grammar::Pair),
    ("kube-apiserver", "v", Grammar::Integer),
    ("kube-controller-manager", "bind-address", Grammar::Ip),
    ("kube-controller-manager", "v", Grammar::Integer),
    ("kube-scheduler", "bind-address", Grammar::Ip),
    ("kube-scheduler", "v", Grammar::Integer),
    ("kube-proxy", "bind-address", Grammar::Ip),
    ("kube-proxy", "healthz-bind-address", Grammar::IpPort),
    ("kube-proxy", "metrics-bind-address", Grammar::IpPort),
    ("kube-proxy", "v", Grammar::Integer),
    (
        "kube-apiserver",
        "authorization-mode",
        Grammar::Words(&["AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"]),
    ),
    ("kube-apiserver", "audit-log-format", Grammar::Word(&["legacy", "json"])),
    ("kube-apiserver", "audit-log-mode", AUDIT_MODE),
    ("kube-apiserver", "audit-webhook-mode", AUDIT_MODE),
    ("kube-apiserver", "endpoint-reconciler-type", Grammar::Word(&["", "master-count", "lease", "none"])),
    ("kube-apiserver", "tls-min-version", TLS),
    ("kube-apiserver", "tls-cipher-suites", Grammar::Ciphers),
    ("kube-apiserver", "logging-format", FORMAT),
    (
        "kube-controller-manager",
        "cidr-allocator-type",
        Grammar::Word(&["RangeAllocator", "CloudAllocator", "IPAMFromCluster", "IPAMFromCloud"]),
    ),
    ("kube-controller-manager", "tls-min-version", TLS),
    ("kube-controller-manager", "tls-cipher-suites", Grammar::Ciphers),
    ("kube-controller-manager", "logging-format", FORMAT),
    ("kube-scheduler", "tls-min-version", TLS),
    ("kube-scheduler", "tls-cipher-suites", Grammar::Ciphers),
    ("kube-scheduler", "logging-format", FORMAT),
    (
        "kube-proxy",
        "proxy-mode",
        Grammar::Word(&["", "userspace", "iptables", "ipvs", "nftables", "kernelspace"]),
    ),
    (
        "kube-proxy",
        "detect-local-mode",
        Grammar::Word(&["", "ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"]),
    ),
    ("etcd", "auto-compaction-mode", Grammar::Word(&["", "periodic", "revision"])),
    ("etcd", "log-level", Grammar::Word(&["", "debug", "info", "warn", "error", "dpanic", "panic", "fatal"])),
];

const SIGNALS: &[&str] = &[
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "containerfs.available",
    "containerfs.inodesFree",
    "allocatableMemory.available",
    "pid.available",
];
const RESERVABLE: &[&str] = &["cpu", "memory", "ephemeral-storage", "pid"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for given in given(node) {
        let name = given.name();
        let row = VALUES.iter().find(|(component, flag, _)| *component == given.component && *flag == name);
        let (Some((.., grammar)), Some(value)) = (row, given.argument().value) else { continue };
        // `<` belongs to thresholds; with a `>` after it, it encloses a word to be replaced.
        let stand_in = match grammar {
            Grammar::Thresholds => {
                let enclosed = value.split_once('<').is_some_and(|(_, after)| after.contains('>'));
                enclosed || value.contains(['$', '{'])
            }
            // Their names look like variables.
            Grammar::Ciphers => value.contains(['$', '{', '<']),
            _ => is_stand_in(value),
        };
        if stand_in {
            continue;
        }
        let parts: Vec<&str> = match grammar {
            Grammar::Word(_) | Grammar::Pair | Grammar::Ip | Grammar::IpPort | Grammar::Quantity => {
                vec![value]
            }
            _ => value.split(',').filter(|part| !part.is_empty()).collect(),
        };
        drafts.extend(parts.into_iter().filter_map(|part| {
            let (what, help) = fault(*grammar, part.trim())?;
            Some(draft(&given, &what, help))
        }));
    }
}

fn draft(given: &Given<'_>, what: &str, help: String) -> Draft {
    let message = format!("{what} in `{}`; {} fails to start", given.name(), program(given.component));
    Draft::new(given.node.span(), message).help(help)
}

/// What is wrong with one part of a value, and what to write.
fn fault(grammar: Grammar, part: &str) -> Option<(String, String)> {
    match grammar {
        Grammar::Word(words) | Grammar::Words(words) => word(part, words, "value"),
        Grammar::Thresholds => {
            let Some((signal, limit)) = part.split_once('<') else {
                let meant = part.replacen(['=', ':', '>'], "<", 1);
                return Some((
                    format!("`{part}` has no `<`"),
                    if meant == part {
                        "write `memory.available<500Mi`".to_owned()
                    } else {
                        format!("write `{meant}`")
                    },
                ));
            };
            word(signal, SIGNALS, "eviction signal").or_else(|| amount(limit))
        }
        Grammar::GracePeriods => {
            let (signal, time) = match pair(part) {
                Ok(pair) => pair,
                Err(fault) => return Some(fault),
            };
            word(signal, SIGNALS, "eviction signal").or_else(|| {
                (!is_go_duration(time))
                    .then(|| (format!("invalid duration `{time}`"), format!("write `{signal}=90s`")))
            })
        }
        Grammar::Reclaim => match pair(part) {
            Ok((signal, limit)) => word(signal, SIGNALS, "eviction signal").or_else(|| amount(limit)),
            Err(fault) => Some(fault),
        },
        Grammar::Reserved => match pair(part) {
            Ok((resource, limit)) => word(resource, RESERVABLE, "resource").or_else(|| {
                let valid = is_quantity(limit) && !limit.starts_with('-');
                (!valid).then(|| (format!("invalid quantity `{limit}`"), format!("write `{resource}=500Mi`")))
            }),
            Err(fault) => Some(fault),
        },
        Grammar::Labels => match label(part) {
            Ok((key, _)) if is_reserved_label(key) => Some((
                format!("label `{key}`, which the kubelet may not set on its own node,"),
                format!("set it with `kubectl label node NAME {part}`"),
            )),
            Ok(_) => None,
            Err(_) => Some((
                format!("invalid label `{part}`"),
                "write `key=value`, for example `pool=edge`".to_owned(),
            )),
        },
        Grammar::Taints => taint(part).is_err().then(|| {
            (
                format!("invalid taint `{part}`"),
                "write `key=value:Effect` with `NoSchedule`, `PreferNoSchedule` or `NoExecute`".to_owned(),
            )
        }),
        Grammar::Ciphers => (!is_cipher(part)).then(|| {
            let help = nearest(part, CIPHERS.iter().copied(), 5).map_or_else(
                || "use a name from Go, for example `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("unknown cipher suite `{part}`"), help)
        }),
        Grammar::Pair | Grammar::Pairs => pair(part).err(),
        Grammar::Integer => (!part.is_empty() && !is_number(part))
            .then(|| (format!("`{part}` is not an integer"), "write an integer, for example `2`".to_owned())),
        Grammar::Within(least, most) => {
            let value = part.parse::<i64>().ok()?;
            (!(least..=most).contains(&value)).then(|| {
                let range = if most == i64::from(i32::MAX) {
                    format!("at least {least}")
                } else {
                    format!("from {least} to {most}")
                };
                (format!("`{part}` is out of range"), format!("write a number {range}"))
            })
        }
        Grammar::Quantity => (!is_quantity(part))
            .then(|| (format!("invalid quantity `{part}`"), "write a quantity such as `10Mi`".to_owned())),
        Grammar::Ip => (!part.is_empty() && !is_ip(part)).then(|| {
            (format!("`{part}` is not an IP address"), "write an address without a port".to_owned())
        }),
        Grammar::IpPort => {
            let host = part.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']));
            let valid = part.is_empty() || is_ip(part) || host.is_some_and(is_ip);
            (!valid).then(|| {
                (format!("`{part}` is not an address with a port"), "write `127.0.0.1:10256`".to_owned())
            })
        }
    }
}

/// The cipher suites of Go's crypto/tls, with the legacy names that component-base adds.
const CIPHERS: &[&str] = &[
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_RC4_128_SHA",
];

/// Whether the name is one of Go's, or one that a later Go may add: of a key exchange that is not listed, or after the
/// hybrid ones.
fn is_cipher(part: &str) -> bool {
    CIPHERS.contains(&part)
        || (part.starts_with("TLS_")
            && !part.starts_with("TLS_RSA_")
            && !part.starts_with("TLS_ECDHE_")
            && !part.starts_with("TLS_DHE_"))
}

/// An address as Kubernetes parses it: leading zeros are allowed.
fn is_ip(text: &str) -> bool {
    let text = text.trim();
    let numbers = || text.split('.').all(|part| part.len() <= 3 && part.parse::<u8>().is_ok());
    text.parse::<IpAddr>().is_ok() || (text.matches('.').count() == 3 && numbers())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn word(text: &str, words: &[&'static str], what: &str) -> Option<(String, String)> {
    if words.contains(&text) {
        return None;
    }
    let known = || words.iter().copied().filter(|word| !word.is_empty());
    let help = nearest(text, known(), 3).map_or_else(
        || format!("use one of `{}`", known().collect::<Vec<_>>().join("`, `")),
        |near| format!("did you mean `{near}`?"),
    );
    Some((format!("unknown {what} `{text}`"), help))
}

fn pair(part: &str) -> Result<(&str, &str), (String, String)> {
    part.split_once('=').ok_or_else(|| {
        let meant = part.replacen([':', '<', '>'], "=", 1);
        let help = if meant == part { "write `name=value`".to_owned() } else { format!("write `{meant}`") };
        (format!("`{part}` has no `=`"), help)
    })
}

/// A quantity or a percentage.
fn amount(text: &str) -> Option<(String, String)> {
    let valid = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent)),
        None => is_quantity(text) && !text.starts_with('-'),
    };
    (!valid).then(|| {
        (
            format!("invalid quantity `{text}`"),
            "write a quantity such as `500Mi`, or a percentage such as `10%`".to_owned(),
        )
    })
}
