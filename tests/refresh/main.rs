//! Refreshes the catalogue from small repositories that the test creates.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[cfg(target_os = "linux")]
mod measure;
#[path = "../../examples/refresh-catalog/refresh/mod.rs"]
mod refresh;
#[cfg(target_os = "linux")]
mod script;
mod sources;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use refresh::{Options, Outcome, run};
use rke2_lint::catalog::{ChartTable, ChartValues, Flags, Lookup};
use sources::{SERVER, Sources};

/// The results of the functions of the fixture.
const FUNCTIONS: [&str; 3] = ["\"default\":\"canal\"", "\"default\":\"traefik\"", "\"values\":[\"cis\"]"];

fn options(sources: &Sources, catalog: &Path) -> Options {
    Options {
        rke2: sources.path("rke2"),
        charts: sources.path("rke2-charts"),
        docs: Some(sources.path("rke2-docs")),
        candidates: true,
        catalog: catalog.to_owned(),
        ..Options::default()
    }
}

/// Records the results of the functions at which a run stopped.
fn read_functions(outcome: &Outcome, catalog: &Path) {
    let mut rows = String::new();
    for (key, fact) in ["cni", "ingress-controller", "profile"].iter().zip(FUNCTIONS) {
        let failure =
            outcome.failures.iter().find(|failure| failure.contains(&format!("what `{key}` accepts")));
        let digest = failure.unwrap().split("the digest ").nth(1).unwrap().split(' ').next().unwrap();
        writeln!(rows, "{{\"key\":\"{key}\",\"digest\":\"{digest}\",\"seen\":\"v1.35.0+rke2r1\",{fact}}}")
            .unwrap();
    }
    fs::create_dir_all(catalog.join("kept")).unwrap();
    fs::write(catalog.join("kept/functions.jsonl"), rows).unwrap();
}

/// A catalogue after one refresh.
fn refreshed(sources: &Sources) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let stopped = run(&options(sources, folder.path())).unwrap();
    assert_eq!(stopped.failures.len(), 3, "{:?}", stopped.failures);
    assert!(!folder.path().join("neutral").exists(), "a run that fails writes nothing");
    read_functions(&stopped, folder.path());
    let outcome = run(&options(sources, folder.path())).unwrap();
    assert_eq!(outcome.failures, Vec::<String>::new());
    folder
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for below in ["neutral", "neutral/charts"] {
        for entry in fs::read_dir(folder.join(below)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = format!("{below}/{}", path.file_name().unwrap().to_string_lossy());
                files.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

fn lookup<'a>(values: &'a ChartValues, version: &str, path: &str) -> Lookup<'a> {
    values.at(version).unwrap().lookup(&path.split('.').collect::<Vec<_>>())
}

#[test]
fn sources_give_the_same_bytes_whatever_was_there() {
    let sources = Sources::new();
    let folder = refreshed(&sources);
    let made = files(folder.path());
    let mut text = String::new();
    for (name, content) in &made {
        write!(text, "== {name}\n{content}").unwrap();
    }
    insta::assert_snapshot!("refreshed_catalogue", text);

    // Refresh from an empty folder and over existing files.
    fs::remove_dir_all(folder.path().join("neutral")).unwrap();
    let embedded = fs::read(folder.path().join("embedded.bin")).unwrap();
    for _ in 0..2 {
        assert!(run(&options(&sources, folder.path())).unwrap().failures.is_empty());
        assert_eq!(files(folder.path()), made);
        assert_eq!(fs::read(folder.path().join("embedded.bin")).unwrap(), embedded);
    }
}

#[test]
fn charts_are_read_as_helm_reads_them() {
    let sources = Sources::new();
    let folder = refreshed(&sources);
    let text = fs::read_to_string(folder.path().join("neutral/charts/rke2-shop.jsonl")).unwrap();
    let shop = ChartValues::from(&ChartTable::from_neutral(&text).unwrap());
    let default = |path: &str| {
        lookup(&shop, "1.0.0", path).attr().and_then(|attr| attr.default.as_ref()).map(ToString::to_string)
    };
    // The last of two duplicate keys; the parent chart's values for a subchart; a type from a comment.
    assert_eq!(default("door.colour").as_deref(), Some("\"green\""));
    assert_eq!(default("cellar.wine").as_deref(), Some("\"white\""));
    assert_eq!(default("cellar.water").as_deref(), Some("\"still\""));
    assert_eq!(default("door.width").as_deref(), Some("90"));
    // A file rendered by `tpl`, and the arguments of a helper.
    assert!(matches!(lookup(&shop, "1.0.0", "greeting"), Lookup::Known(_)));
    assert!(matches!(lookup(&shop, "1.0.0", "till.drawer"), Lookup::Known(_)));
    assert!(!text.contains("\"till\",\"Values\"") && !text.contains("\"path\":[]"), "{text}");
    // A recursive template does not produce an infinite tree.
    assert!(shop.at("1.0.0").unwrap().paths().iter().all(|(path, _)| path.len() < 6));
    let injected = |path: &str| lookup(&shop, "1.0.0", path).attr().unwrap().flags.contains(Flags::INJECTED);
    assert!(injected("global.clusterDomain") && injected("global.prime.enabled"));

    let text = fs::read_to_string(folder.path().join("neutral/charts/rke2-calico.jsonl")).unwrap();
    let calico = ChartValues::from(&ChartTable::from_neutral(&text).unwrap());
    let variant = lookup(&calico, "v3.30.0", "installation.variant").attr().unwrap();
    assert!(variant.flags.contains(Flags::CRD) && variant.enum_values.len() == 2);
    assert!(matches!(lookup(&calico, "v3.30.0", "installation.varient"), Lookup::Unknown { .. }));
}

#[test]
fn a_new_release_is_reported() {
    let sources = Sources::new();
    let folder = refreshed(&sources);
    let charts = [("rke2-shop", "1.0.0"), ("rke2-calico", "v3.30.0"), ("rke2-calico-crd", "v3.30.0")];
    sources.release(
        "v1.35.2+rke2r1",
        "2026-03-10",
        &charts,
        &SERVER.replace("\"docker\"", "\"lamp\": copyFlag,\n\t\t\"docker\""),
    );
    let outcome = run(&options(&sources, folder.path())).unwrap();
    assert_eq!(outcome.failures, Vec::<String>::new());
    for line in [
        "- v1.35.2+rke2r1 (2026-03-10, without release notes)",
        "### rke2-shop 1.1.0 → 1.0.0",
        "- gone: `sign`",
        "- default of `currency`: \"crown\" → \"euro\"",
        "| charts of known releases | 9 | 0 |",
    ] {
        assert!(outcome.report.lines().any(|known| known == line), "{line}: {}", outcome.report);
    }
    // Without the release candidate, the new release introduces the key.
    let kept = files(folder.path())["neutral/config_keys.jsonl"].clone();
    let lamp = kept.lines().find(|line| line.contains("\"lamp\"")).unwrap();
    assert!(lamp.contains("\"type\":\"unknown\"") && lamp.contains("[\"v1.35.2+rke2r1\",\"k3s\"]"), "{lamp}");
}

#[test]
fn a_check_compares_and_writes_nothing() {
    let sources = Sources::new();
    let folder = refreshed(&sources);
    let checked = |catalog: &Path| run(&Options { check: true, ..options(&sources, catalog) }).unwrap();
    let outcome = checked(folder.path());
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert!(outcome.report.contains("| references of templates | "), "{}", outcome.report);
    let path = folder.path().join("neutral/channels.jsonl");
    fs::write(&path, "").unwrap();
    assert_eq!(
        checked(folder.path()).failures,
        ["catalog/neutral/channels.jsonl is not what its sources say"]
    );
    assert_eq!(fs::read_to_string(path).unwrap(), "");
}

#[test]
fn what_cannot_be_trusted_stops_a_refresh() {
    let sources = Sources::new();
    let folder = refreshed(&sources);
    let before = files(folder.path());
    let charts = [("rke2-shop", "1.1.0"), ("rke2-calico", "v3.30.0"), ("rke2-calico-crd", "v3.30.0")];
    let stopped = |expected: &str| {
        let outcome = run(&options(&sources, folder.path())).unwrap();
        assert!(outcome.failures.iter().any(|failure| failure.contains(expected)), "{:?}", outcome.failures);
        assert!(outcome.report.contains("Nothing was written."));
        assert_eq!(files(folder.path()), before);
    };
    let retag = |tag: &str| sources.git("rke2", "2026-04-01", &["tag", "--delete", tag]);

    // A function whose source has not been reviewed.
    sources.release(
        "v1.35.2+rke2r1",
        "2026-04-01",
        &charts,
        &SERVER.replace("CNIItems, CNIFlag", "CNIItems, nil"),
    );
    stopped("what `cni` accepts is decided by a text that nobody has read");
    retag("v1.35.2+rke2r1");
    // A chart without its archive.
    sources.release("v1.35.2+rke2r1", "2026-04-01", &[("rke2-shop", "9.9.9")], SERVER);
    stopped("no archive rke2-shop-9.9.9.tgz");
    retag("v1.35.2+rke2r1");
    // An existing release that now ships a different chart and lacks a key.
    sources.release("v1.35.0+rke2r1", "2026-01-10", &charts, &SERVER.replace("\"docker\": dropFlag,", ""));
    stopped("an older release changed: v1.35.0+rke2r1: rke2-shop was 1.0.0, is 1.1.0");
    stopped("an older key changed: `docker` of server at v1.35.0+rke2r1");
    // Flags that are defined in an unknown way.
    sources.release("v1.35.3+rke2r1", "2026-04-01", &charts, &SERVER.replace("copyFlag", "bendFlag"));
    let error = run(&options(&sources, folder.path())).unwrap_err().to_string();
    assert!(error.contains("v1.35.3+rke2r1:pkg/cli/cmds/server.go: `config` is `bendFlag`"), "{error}");
}

#[test]
fn measured_facts_survive_a_refresh() {
    let sources = Sources::new();
    let folder = refreshed(&sources);
    fs::create_dir_all(folder.path().join("measured")).unwrap();
    let measured = "{\"chart\":\"rke2-shop\",\"versions\":[\"1.0.0\"]}\n\
        {\"path\":[\"door\",\"colour\"],\"at\":[[\"1.0.0\",{\"flags\":[\"truthy\"],\"types\":[],\"fails\":{\"always\":[\"map\"]}}]]}\n";
    fs::write(folder.path().join("measured/rke2-shop.jsonl"), measured).unwrap();
    for _ in 0..2 {
        assert!(run(&options(&sources, folder.path())).unwrap().failures.is_empty());
        let text = &files(folder.path())["neutral/charts/rke2-shop.jsonl"];
        let shop = ChartValues::from(&ChartTable::from_neutral(text).unwrap());
        let colour = |version: &str| lookup(&shop, version, "door.colour").attr().unwrap();
        assert!(colour("1.0.0").flags.contains(Flags::TRUTHY) && !colour("1.0.0").fails.is_empty());
        // This version was not measured with Helm.
        assert!(!colour("1.1.0").flags.contains(Flags::TRUTHY) && colour("1.1.0").fails.is_empty());
    }
}

#[test]
fn tables_written_by_hand_are_held_against_the_sources() {
    let sources = Sources::new();
    let folder = refreshed(&sources);
    let with = |name: &str, row: &str| {
        let path = folder.path().join("kept").join(name);
        fs::write(&path, format!("{row}\n")).unwrap();
        let outcome = run(&options(&sources, folder.path())).unwrap();
        fs::remove_file(path).unwrap();
        outcome
    };
    let right = r#"{"chart":"rke2-shop","from":["sign"],"to":[["greeting"]],"advice":null,"refused":false,"fails":null,"source":"https://example.com"}"#;
    assert_eq!(with("renames.jsonl", right).failures, Vec::<String>::new());
    for (name, row, words) in [
        ("renames.jsonl", right.replace("sign", "flag"), "rke2-shop flag: not what the sources say"),
        ("renames.jsonl", right.replace("https://example.com", ""), "rke2-shop sign: no source"),
        (
            "changes.jsonl",
            r#"{"name":"x","since":["v1.35.9+rke2r1"],"chart":null,"what":"","source":"https://example.com"}"#
                .to_owned(),
            "changes.jsonl: x: not what the sources say",
        ),
        (
            "changes.jsonl",
            r#"{"name":"x","since":[],"chart":["rke2-shop","9.0.0"],"what":"","source":"https://example.com"}"#
                .to_owned(),
            "changes.jsonl: x: not what the sources say",
        ),
    ] {
        let failures = with(name, &row).failures;
        assert!(failures.iter().any(|failure| failure.contains(words)), "{words}: {failures:?}");
    }
    let old = r#"{"table":"removed_apis","subject":"kubernetes","until":"1.34"}"#;
    let outcome = with("reviewed.jsonl", old);
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert!(
        outcome.report.contains("was read up to kubernetes 1.34: read the sources of 1.35"),
        "{}",
        outcome.report
    );
    assert!(!with("reviewed.jsonl", &old.replace("1.34", "1.35")).report.contains("was read up to"));
}
