//! Sweeps over the knowledge tables: mistakes generated from each table are found, and correct uses are not reported.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use common::{Fixture, RULES};
use rke2_lint::catalog::components::{
    FlagType, LISTS, Minors, NEWEST_MINOR, admission_plugins, flag, flags, gates, owners,
};
use rke2_lint::engine::{Input, lint_sources};

/// The rules that read the tables.
const RULE_IDS: [&str; 7] = [
    "config/component-arg-unknown",
    "config/component-arg-wrong-component",
    "config/component-arg-type",
    "config/component-arg-value",
    "config/feature-gates",
    "config/admission-plugins",
    "upgrade/removed-component-flag",
];
const CONFIG: &str = "etc/rancher/rke2/config.yaml";
/// The minimum number of mistakes per table.
const ENOUGH: usize = 50;

/// The rules that fire, by line, for arguments of one list.
fn findings(list: &str, elements: &[String], minor: u16) -> BTreeMap<usize, String> {
    let mut text = String::from("cni: canal\n");
    writeln!(text, "{list}:").unwrap();
    for element in elements {
        writeln!(text, "  - {element:?}").unwrap();
    }
    lint(CONFIG, &text, minor)
        .into_iter()
        .filter(|(_, rule)| RULE_IDS.contains(&rule.as_str()))
        .map(|(line, rule)| (line - 3, rule))
        .collect()
}

/// The rules that fire for a file next to a server's configuration, with their lines.
fn lint(path: &str, text: &str, minor: u16) -> Vec<(usize, String)> {
    let settings = Fixture::settings(format!("rke2-version: v1.{minor}\n"));
    let mut sources = BTreeMap::from([(CONFIG.to_owned(), Input::Bytes(b"cni: canal\n".to_vec()))]);
    sources.insert(path.to_owned(), Input::Bytes(text.as_bytes().to_vec()));
    let fixture = Fixture { sources, before: None, upgrade: None, settings };
    let options = fixture.options(&RULES);
    let report = lint_sources(fixture.sources, None, &options);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    report
        .findings
        .iter()
        .map(|finding| {
            let source = report.sources.get(finding.primary.span.file);
            (source.position(finding.primary.span.range().start).line, finding.rule.to_string())
        })
        .collect()
}

/// Asserts that every mistake is found.
fn assert_found(list: &str, mistakes: &[String], minor: u16) {
    let found = findings(list, mistakes, minor);
    let missed: Vec<&String> = (0..mistakes.len())
        .filter(|index| !found.contains_key(index))
        .map(|index| &mistakes[index])
        .collect();
    assert!(missed.is_empty(), "{list} of 1.{minor}: {missed:?}");
}

/// Asserts that none of the correct uses is reported.
fn assert_silent(list: &str, correct: &[String], minor: u16) {
    let found = findings(list, correct, minor);
    let wrong: Vec<(&String, &String)> = found.iter().map(|(index, rule)| (&correct[*index], rule)).collect();
    assert!(wrong.is_empty(), "{list} of 1.{minor}: {wrong:?}");
}

fn has(minors: Minors, minor: u16) -> bool {
    minors.has(minor).unwrap_or(true)
}

/// A value that a flag accepts; `None` for flags with a value set or grammar that is not in the tables.
fn fitting(kind: FlagType) -> Option<&'static str> {
    match kind {
        FlagType::Bool => Some("true"),
        FlagType::Int | FlagType::Uint => Some("10"),
        FlagType::Float => Some("0.5"),
        FlagType::Duration => Some("30s"),
        FlagType::Map | FlagType::Text | FlagType::Other => None,
    }
}

/// A word without one of its letters that is not a known word.
fn misspelt(word: &str, known: impl Fn(&str) -> bool) -> Option<String> {
    let middle = word.len() / 2;
    let candidate = format!("{}{}", &word[..middle], &word[middle + 1..]);
    (word.len() >= 8 && !known(&candidate)).then_some(candidate)
}

#[test]
fn misspelt_and_misplaced_flags_are_found() {
    let mut tried = 0;
    for (list, component) in LISTS {
        let mut names: Vec<&str> = flags(component).map(|flag| flag.name).collect();
        names.sort_unstable();
        let known = |name: &str| owners(name).next().is_some();
        let mistakes: Vec<String> = names
            .iter()
            .filter_map(|name| misspelt(name, known))
            .enumerate()
            .map(|(index, name)| match index % 4 {
                0 => format!("{name}=1"),
                1 => format!("--{name}=1"),
                2 => name.replace('-', "_"),
                _ => name,
            })
            .collect();
        tried += mistakes.len();
        // RKE2's own cloud controller manager may have more flags, so only near misses of a single flag are reported
        // there.
        if component != "cloud-controller-manager" {
            assert_found(list, &mistakes, NEWEST_MINOR);
        }
        let foreign: Vec<String> = LISTS
            .iter()
            .filter(|(other, _)| *other != list)
            .flat_map(|(_, other)| flags(other))
            .filter(|other| flag(component, other.name).is_none())
            .map(|other| format!("{}=1", other.name))
            .collect();
        assert_found(list, &foreign, NEWEST_MINOR);
    }
    assert!(tried > ENOUGH * 7);
}

#[test]
fn flags_are_silent_in_every_minor_that_has_them() {
    for minor in 24..=NEWEST_MINOR {
        for (list, component) in LISTS {
            let here = flags(component).filter(|flag| has(flag.minors, minor));
            let correct: Vec<String> = here
                .filter(|flag| component != "etcd" || flag.kind != FlagType::Duration)
                .filter_map(|flag| Some(format!("{}={}", flag.name, fitting(flag.kind)?)))
                .collect();
            assert!(correct.len() > 10, "{list} of 1.{minor}");
            assert_silent(list, &correct, minor);
        }
    }
}

#[test]
fn flags_are_found_in_every_minor_that_lacks_them() {
    for minor in 24..=NEWEST_MINOR {
        for (list, component) in LISTS {
            let gone = flags(component).filter(|flag| flag.minors.has(minor) == Some(false));
            let mistakes: Vec<String> = gone.map(|flag| format!("{}=1", flag.name)).collect();
            assert_found(list, &mistakes, minor);
        }
    }
}

#[test]
fn values_of_another_type_are_found() {
    for (list, component) in LISTS.into_iter().filter(|(_, component)| *component != "etcd") {
        let mut mistakes = Vec::new();
        for flag in flags(component).filter(|flag| has(flag.minors, NEWEST_MINOR)) {
            let wrong: &[&str] = match flag.kind {
                FlagType::Bool => &["yes", "on", "enabled", ""],
                FlagType::Int | FlagType::Uint => &["ten", "10s", "1.5", "10%", ""],
                FlagType::Float => &["half", "50%", ""],
                FlagType::Duration => &["30", "30 s", "5min", "1d", ""],
                FlagType::Map | FlagType::Text | FlagType::Other => &[],
            };
            mistakes.extend(wrong.iter().map(|value| format!("{}={value}", flag.name)));
            if !matches!(flag.kind, FlagType::Bool | FlagType::Map | FlagType::Text | FlagType::Other) {
                mistakes.push(flag.name.to_owned());
            }
        }
        assert!(mistakes.len() >= ENOUGH, "{list}");
        assert_found(list, &mistakes, NEWEST_MINOR);
    }
}

#[test]
fn feature_gates_follow_the_table() {
    for (minor, list) in (24..=NEWEST_MINOR).zip(["kube-apiserver-arg", "kubelet-arg"].into_iter().cycle()) {
        let (mut correct, mut mistakes) = (Vec::new(), Vec::new());
        for gate in gates().values() {
            if !has(gate.minors, minor) {
                mistakes.push(format!("feature-gates={}=true", gate.name));
                continue;
            }
            for (on, locked) in [(true, gate.locked_off), (false, gate.locked_on)] {
                let element = format!("feature-gates=AllAlpha=false,{}={on}", gate.name);
                if locked.has(minor) == Some(true) { mistakes.push(element) } else { correct.push(element) }
            }
            if let Some(name) = misspelt(gate.name, |name| gates().contains_key(name)) {
                mistakes.push(format!("--feature-gates={name}=true"));
            }
            mistakes.push(format!("feature-gates={}", gate.name));
            mistakes.push(format!("feature-gates={}=on", gate.name));
        }
        assert!(mistakes.len() >= ENOUGH && correct.len() >= ENOUGH);
        assert_found(list, &mistakes, minor);
        assert_silent(list, &correct, minor);
    }
}

#[test]
fn admission_plugins_follow_the_table() {
    for minor in 24..=NEWEST_MINOR {
        let (mut correct, mut mistakes) = (Vec::new(), Vec::new());
        for plugin in admission_plugins().values() {
            let flag = if plugin.name.len() % 2 == 0 { "enable" } else { "disable" };
            let element = format!("{flag}-admission-plugins={}", plugin.name);
            if has(plugin.minors, minor) {
                correct.push(element);
            } else {
                mistakes.push(element);
            }
            mistakes.push(format!("enable-admission-plugins={}", plugin.name.to_lowercase()));
        }
        assert_found("kube-apiserver-arg", &mistakes, minor);
        assert_silent("kube-apiserver-arg", &correct, minor);
    }
}

#[test]
fn structured_values_are_read() {
    let signals =
        ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "pid.available"];
    let mut mistakes = Vec::new();
    let mut correct = Vec::new();
    for signal in signals {
        for flag in ["eviction-hard", "eviction-soft"] {
            mistakes.extend(
                [
                    format!("{signal}=10%"),
                    format!("{signal}>10%"),
                    format!("{signal}<10GB"),
                    format!("{signal}<110%"),
                ]
                .map(|value| format!("{flag}={value}")),
            );
            correct.extend(
                [format!("{signal}<10%"), format!("{signal}<1.5Gi,{signal}<5%")]
                    .map(|value| format!("{flag}={value}")),
            );
        }
        mistakes.push(format!("eviction-soft-grace-period={signal}:1m"));
        correct.push(format!("eviction-soft-grace-period={signal}=1m30s"));
        correct.push(format!("eviction-minimum-reclaim={signal}=500Mi"));
    }
    for resource in ["cpu", "memory", "ephemeral-storage", "pid"] {
        for flag in ["kube-reserved", "system-reserved"] {
            mistakes.extend(
                [
                    format!("{resource}:1"),
                    format!("{resource}s=1"),
                    format!("{resource}=1GB"),
                    format!("{resource}=-1"),
                ]
                .map(|value| format!("{flag}={value}")),
            );
            correct.push(format!("{flag}={resource}=1,cpu=500m"));
        }
    }
    for (flag, right) in [
        ("topology-manager-policy", "single-numa-node"),
        ("cpu-manager-policy", "static"),
        ("memory-manager-policy", "Static"),
        ("hairpin-mode", "none"),
        ("topology-manager-scope", "pod"),
        ("authorization-mode", "Webhook"),
        ("tls-min-version", "VersionTLS12"),
    ] {
        mistakes.extend([format!("{flag}={}", right.to_uppercase()), format!("{flag}={right}x")]);
        correct.push(format!("{flag}={right}"));
    }
    assert!(mistakes.len() >= ENOUGH);
    assert_found("kubelet-arg", &mistakes, 33);
    assert_silent("kubelet-arg", &correct, 33);
}

#[test]
fn fields_of_a_helm_chart_have_types() {
    let texts = ["version", "chart", "repo", "targetNamespace", "jobImage", "repoCA", "chartContent"];
    let bools = [
        "bootstrap",
        "createNamespace",
        "takeOwnership",
        "authPassCredentials",
        "insecureSkipTLSVerify",
        "plainHTTP",
    ];
    let references = ["authSecret", "repoCAConfigMap", "dockerRegistrySecret"];
    let mut mistakes: Vec<String> = Vec::new();
    mistakes.extend(
        texts.iter().flat_map(|field| {
            ["1.10", "123", "true", "[a]", "{a: b}"].map(|value| format!("{field}: {value}"))
        }),
    );
    mistakes.extend(
        bools
            .iter()
            .flat_map(|field| ["\"true\"", "1", "'yes'", "enabled"].map(|value| format!("{field}: {value}"))),
    );
    mistakes
        .extend(references.iter().flat_map(|field| ["name", "[a]"].map(|value| format!("{field}: {value}"))));
    mistakes.extend(
        ["backOffLimit: \"5\"", "backOffLimit: 1.5", "set: a=b", "valuesSecrets: a", "valuesSecrets: [a]"]
            .map(str::to_owned),
    );
    assert!(mistakes.len() >= ENOUGH);
    let mut correct: Vec<String> = Vec::new();
    correct.extend(
        texts.iter().flat_map(|field| {
            ["\"1.10\"", "1.2.3", "a", "", "'123'"].map(|value| format!("{field}: {value}"))
        }),
    );
    correct.extend(
        bools.iter().flat_map(|field| ["true", "yes", "off", ""].map(|value| format!("{field}: {value}"))),
    );
    correct.extend(references.iter().map(|field| format!("{field}: {{name: a}}")));
    correct.extend(
        ["backOffLimit: 5", "set: {a: b}", "valuesSecrets: [{name: a, keys: [b]}]"].map(str::to_owned),
    );
    let fires = |field: &str| {
        let text = format!(
            "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {{name: x, namespace: kube-system}}\nspec:\n  {field}\n"
        );
        let path = "var/lib/rancher/rke2/server/manifests/x.yaml";
        lint(path, &text, NEWEST_MINOR).iter().any(|(_, rule)| rule == "helm-chart/field-type")
    };
    let missed: Vec<&String> = mistakes.iter().filter(|field| !fires(field)).collect();
    assert!(missed.is_empty(), "{missed:?}");
    let wrong: Vec<&String> = correct.iter().filter(|field| fires(field)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
