//! How files are grouped: each tree of `testdata/layouts/` has exactly the findings that its file lists, however it is
//! linted.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use common::{fixture_sides, lint_fixture, root, rule_ids, said, tree, write};
use rke2_lint::engine::{Input, Options, lint, lint_sources, shown};
use rke2_lint::finding::{Finding, Report, Severity};

/// A tree with its expected findings.
#[derive(Deserialize)]
struct Layout {
    files: BTreeMap<String, String>,
    /// `SEVERITY RULE PATH:LINE`, without infos.
    findings: BTreeSet<String>,
}

/// Every tree by its name.
fn layouts() -> BTreeMap<String, Layout> {
    let files = common::files_below(&root().join("testdata/layouts"));
    let layouts: BTreeMap<String, Layout> = files
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
        })
        .collect();
    assert!(layouts.len() >= 80, "only {} layouts", layouts.len());
    layouts
}

/// The findings of each file by its path relative to a folder: severity, rule and line.
fn found(report: &Report, below: &Path) -> BTreeMap<String, BTreeSet<String>> {
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in &report.findings {
        let source = report.sources.get(finding.primary.span.file);
        let path = Path::new(source.path());
        let path = path.strip_prefix(below).unwrap_or(path).to_string_lossy().into_owned();
        let line = source.position(finding.primary.span.start as usize).line;
        let words = format!("{} {}:{line}", finding.severity.as_str(), finding.rule.as_str());
        found.entry(path).or_default().insert(words);
    }
    found
}

/// The findings, restricted to these files.
fn only(
    found: &BTreeMap<String, BTreeSet<String>>,
    holds: impl Fn(&str) -> bool,
) -> BTreeMap<String, BTreeSet<String>> {
    found.iter().filter(|(path, _)| holds(path)).map(|(path, words)| (path.clone(), words.clone())).collect()
}

fn on_disk(layout: &Layout) -> (tempfile::TempDir, PathBuf) {
    let files: Vec<(&str, &str)> =
        layout.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = tree(&files);
    let real = fs::canonicalize(folder.path()).unwrap();
    (folder, real)
}

#[test]
fn a_finding_that_rests_on_a_guess_says_so() {
    let config = "cni: cilium\ntls-san: [a.example]\n";
    let values = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n  \
                  namespace: kube-system\nspec:\n  valuesContent: |-\n    kubeProxyReplacement: true\n    \
                  k8sServiceHost: 127.0.0.1\n    k8sServicePort: 6443\n";
    let notes = |config_at: &str, values_at: &str, settings: &str| -> Vec<String> {
        let folder = tree(&[
            (config_at, config),
            (values_at, values),
            (".rke2-lint.yaml", settings),
            (".git/HEAD", ""),
        ]);
        let out = said(folder.path(), &["check", "--format", "json"]).1;
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let of_rule =
            |finding: &&serde_json::Value| finding["rule"] == "kube-proxy/cilium-kpr-without-disable";
        let finding = findings.iter().find(of_rule).unwrap_or_else(|| panic!("{out}"));
        finding["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        notes("lab/config.yaml", "lab/manifests/cilium.yaml", "{}"),
        [
            "lab/manifests/cilium.yaml is assumed to belong to this cluster (in the folder of lab/config.yaml); set \
          `clusters` in .rke2-lint.yaml to change that"
        ]
    );
    // Grouping by the paths on a node, or by settings, is not a guess.
    let (etc, var) =
        ("n/etc/rancher/rke2/config.yaml", "n/var/lib/rancher/rke2/server/manifests/cilium.yaml");
    assert_eq!(notes(etc, var, "{}"), [""; 0]);
    let declared = "clusters: [{name: lab, paths: [\"lab/**\"]}]";
    assert_eq!(notes("lab/config.yaml", "lab/manifests/cilium.yaml", declared), [""; 0]);
}

#[test]
fn each_layout_has_its_findings() {
    let mut wrong = Vec::new();
    for (name, layout) in layouts() {
        let texts = layout.files.iter();
        let sources = texts.map(|(path, text)| (path.clone(), Input::Bytes(text.clone().into_bytes())));
        let report = lint_sources(sources.collect(), None, &Options::default());
        let mut loud = BTreeSet::new();
        for finding in report.findings.iter().filter(|finding| finding.severity > Severity::Info) {
            let source = report.sources.get(finding.primary.span.file);
            let line = source.position(finding.primary.span.start as usize).line;
            loud.insert(format!(
                "{} {} {}:{line}",
                finding.severity.as_str(),
                finding.rule.as_str(),
                source.path()
            ));
        }
        if loud != layout.findings {
            wrong.push(format!("{name}: {loud:?} instead of {:?}", layout.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_folder_or_file_is_told_the_same_by_itself() {
    let mut wrong = Vec::new();
    for (name, layout) in layouts() {
        let (_keep, folder) = on_disk(&layout);
        let whole = found(&lint(std::slice::from_ref(&folder), Vec::new(), &Options::default()), &folder);
        let mut parts: BTreeSet<&str> = BTreeSet::new();
        for path in layout.files.keys() {
            parts.insert(path);
            parts.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
        }
        for part in parts {
            let inside = |path: &str| {
                path == part || path.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'))
            };
            let alone = found(&lint(&[folder.join(part)], Vec::new(), &Options::default()), &folder);
            let (alone, expected) = (only(&alone, inside), only(&whole, inside));
            if alone != expected {
                wrong.push(format!("{name}: {part}: {alone:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The files of every layout and of every project.
fn trees() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut trees: BTreeMap<String, BTreeMap<String, String>> =
        layouts().into_iter().map(|(name, layout)| (name, layout.files)).collect();
    let projects = root().join("testdata/projects");
    for file in common::files_below(&projects) {
        let path = file.strip_prefix(&projects).unwrap().to_string_lossy().into_owned();
        let (project, inside) = path.split_once('/').unwrap();
        let files = trees.entry(format!("project {project}")).or_default();
        files.insert(inside.to_owned(), fs::read_to_string(&file).unwrap());
    }
    trees
}

/// All findings that involve a file, as the primary or as a related place.
fn touching(report: &Report, file: &str) -> Vec<String> {
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let touches = |finding: &&Finding| {
        let mut labels = finding.related.iter().chain([&finding.primary]);
        labels.any(|label| report.sources.get(label.span.file).path() == file)
    };
    let told = |finding: &Finding| {
        let labels = finding.related.iter().chain([&finding.primary]);
        let places: Vec<String> = labels
            .map(|label| {
                let path = report.sources.get(label.span.file).path();
                format!("{path}:{:?} {}", label.span.range(), label.message)
            })
            .collect();
        let Finding { severity, rule, message, help, notes, .. } = finding;
        format!("{severity:?} {rule} {message} {places:?} {help:?} {notes:?}")
    };
    report.findings.iter().filter(touches).map(told).collect()
}

#[test]
fn a_named_file_has_the_findings_of_the_whole_tree_that_touch_it() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for (name, files) in trees() {
        let texts: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let keep = tree(&texts);
        let folder = fs::canonicalize(keep.path()).unwrap();
        let options = Options::default();
        let whole = lint(std::slice::from_ref(&folder), Vec::new(), &options);
        for path in files.keys() {
            let file = folder.join(path);
            let alone = lint(std::slice::from_ref(&file), Vec::new(), &options);
            let shown = shown(&file);
            let (found, expected) = (touching(&alone, &shown), touching(&whole, &shown));
            compared += expected.len();
            if found != expected || alone.findings.len() != found.len() {
                wrong.push(format!("{name}: {path}: {found:#?} instead of {expected:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 100, "only {compared} findings");
}

#[test]
fn a_folder_is_told_the_same_from_inside() {
    let mut wrong = Vec::new();
    for (name, layout) in layouts() {
        let (_keep, folder) = on_disk(&layout);
        let whole = found(&lint(std::slice::from_ref(&folder), Vec::new(), &Options::default()), &folder);
        // The deepest folder is farthest from the other files.
        let deepest = layout.files.keys().max_by_key(|path| path.matches('/').count()).unwrap();
        let Some((inner, _)) = deepest.rsplit_once('/') else { continue };
        let (_, out, err) = said(&folder.join(inner), &["check", "--format", "concise", "--no-summary"]);
        let lines: BTreeSet<(String, String)> = out.lines().filter_map(|line| place(line, inner)).collect();
        let expected: BTreeSet<(String, String)> = whole
            .iter()
            .filter(|(path, _)| path.starts_with(&format!("{inner}/")))
            .flat_map(|(path, words)| {
                words.iter().map(move |words| (path.clone(), words.rsplit(':').next().unwrap().to_owned()))
            })
            .collect();
        let lines: BTreeSet<(String, String)> =
            lines.into_iter().filter(|(path, _)| path.starts_with(&format!("{inner}/"))).collect();
        if lines != expected {
            wrong.push(format!("{name}: {inner}: {lines:?} instead of {expected:?}\n{err}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The path and line of a finding in the form `PATH:LINE:COLUMN: …`.
fn place(line: &str, inner: &str) -> Option<(String, String)> {
    let mut parts = line.split(':');
    let (path, number) = (parts.next()?, parts.next()?);
    number.parse::<usize>().ok()?;
    Some((format!("{inner}/{path}"), number.to_owned()))
}

#[test]
fn many_trees_are_told_as_each_of_them() {
    let layouts = layouts();
    let all = tree(&[]);
    let folder = fs::canonicalize(all.path()).unwrap();
    for (name, layout) in &layouts {
        for (path, text) in &layout.files {
            write(&folder, &format!("{name}/{path}"), text);
        }
    }
    let together = found(&lint(std::slice::from_ref(&folder), Vec::new(), &Options::default()), &folder);
    let mut wrong = Vec::new();
    for (name, layout) in &layouts {
        let (_keep, own) = on_disk(layout);
        let alone = found(&lint(std::slice::from_ref(&own), Vec::new(), &Options::default()), &own);
        let expected: BTreeMap<_, _> =
            alone.into_iter().map(|(path, words)| (format!("{name}/{path}"), words)).collect();
        let got = only(&together, |path| path.starts_with(&format!("{name}/")));
        if got != expected {
            wrong.push(format!("{name}: {got:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn good_fixtures_stay_silent_in_one_tree() {
    let all = tree(&[]);
    let folder = fs::canonicalize(all.path()).unwrap();
    let mut alone: BTreeSet<(String, String)> = BTreeSet::new();
    for id in rule_ids() {
        for side in ["bad", "good"] {
            for tree in fixture_sides(&id, side) {
                // Settings and previous trees only apply to a single tree.
                if tree.join(".rke2-lint.yaml").exists() || tree.join(".before").exists() {
                    continue;
                }
                let name = format!("{id}/{}", tree.file_name().unwrap().to_string_lossy());
                for file in common::files_below(&tree) {
                    let target = folder.join(&name).join(file.strip_prefix(&tree).unwrap());
                    fs::create_dir_all(target.parent().unwrap()).unwrap();
                    // A dangling symlink cannot be copied.
                    fs::copy(&file, &target).ok();
                }
                if side == "good" {
                    let report = lint_fixture(&tree, Some(&id));
                    for (path, words) in found(&report, Path::new("")) {
                        alone.extend(words.into_iter().map(|words| (format!("{name}/{path}"), words)));
                    }
                }
            }
        }
    }
    let together = found(&lint(std::slice::from_ref(&folder), Vec::new(), &Options::default()), &folder);
    let new: Vec<String> = together
        .into_iter()
        .filter(|(path, _)| path.split('/').nth(2).is_some_and(|tree| tree.starts_with("good")))
        .flat_map(|(path, words)| words.into_iter().map(move |words| (path.clone(), words)))
        .filter(|finding| !alone.contains(finding))
        .map(|(path, words)| format!("{path}: {words}"))
        .collect();
    assert!(new.is_empty(), "{}", new.join("\n"));
}

#[test]
fn what_a_walk_passes_over_stays_so_when_it_is_named() {
    let folder = tree(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("chart/crds/manifests/a.yaml", common::WRONG),
        ("chart/templates/config.yaml", "cni: {{ .Values.cni }}\ntls-sans: [a]\n"),
        ("manifests/a.yaml", common::WRONG),
    ]);
    for named in ["chart/crds", "chart/crds/manifests/a.yaml"] {
        let (code, out, err) = said(folder.path(), &["check", named]);
        assert_eq!((code, out.as_str()), (0, ""), "{named}");
        assert!(err.contains(&format!("{named}: not linted: part of a Helm chart")), "{err}");
    }
    assert_eq!(said(folder.path(), &["check", "manifests"]).0, 1);
}

#[test]
fn links_to_one_file_are_one_node() {
    let folder = tree(&[(
        "rke2/cp1.yaml",
        "server: https://a.example.net:9345\ntoken-file: /t\nnode-name: a\nnode-ip: 10.0.0.1\n",
    )]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("cp1.yaml", folder.path().join("rke2/config.yaml")).unwrap();
        let (code, out, err) = said(folder.path(), &["check", "-v"]);
        assert_eq!((code, out.as_str()), (0, ""), "{err}");
        assert_eq!(err.matches("config  rke2/").count(), 1, "{err}");
    }
}

/// An absolute link is resolved in the node's own file system.
#[cfg(unix)]
#[test]
fn only_a_relative_link_without_a_target_is_dangling_in_a_copy_of_a_node() {
    for (target, code) in [("/run/secrets/rke2-lint-none.yaml", 0), ("none.yaml", 1)] {
        let folder = tree(&[
            ("etc/rancher/rke2/config.yaml", "token-file: /t\n"),
            ("etc/rancher/rke2/config.yaml.d/10-a.yaml", "node-name: a\n"),
        ]);
        let link = folder.path().join("etc/rancher/rke2/config.yaml.d/20-b.yaml");
        std::os::unix::fs::symlink(target, link).unwrap();
        let (found, out, err) = said(folder.path(), &["check"]);
        assert_eq!(found, code, "{target}: {out}{err}");
        assert_eq!(out.contains("config/dangling-link"), code == 1, "{out}");
    }
}

/// What an absolute link holds on the node is unknown: nothing is missing from its configuration.
#[cfg(unix)]
#[test]
fn a_link_that_has_its_target_on_the_node_leaves_the_configuration_open() {
    let values = "kubeProxyReplacement: true\n    k8sServiceHost: localhost\n    k8sServicePort: 6443";
    let cilium = format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n  namespace: \
         kube-system\nspec:\n  valuesContent: |-\n    {values}\n"
    );
    let folder = tree(&[
        ("etc/rancher/rke2/config.yaml", "cni: cilium\n"),
        ("etc/rancher/rke2/config.yaml.d/10-a.yaml", "node-name: a\n"),
        ("var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml", &cilium),
    ]);
    let (_, out, _) = said(folder.path(), &["check"]);
    assert!(out.contains("cilium-kpr-without-disable"), "{out}");
    let link = folder.path().join("etc/rancher/rke2/config.yaml.d/20-b.yaml");
    std::os::unix::fs::symlink("/run/secrets/rke2-lint-none.yaml", link).unwrap();
    let (code, out, err) = said(folder.path(), &["check"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("no findings in 3 files"), "{err}");
    let (_, out, _) = said(folder.path(), &["files"]);
    assert!(out.contains("20-b.yaml") && out.contains("skipped: absolute symlink"), "{out}");
}

#[test]
fn a_pattern_of_a_cluster_that_holds_for_nothing_is_an_error() {
    let folder = tree(&[
        ("clusters/prod/config.yaml", "cni: cilium\ntls-san: [a.example.net]\n"),
        (
            ".rke2-lint.yaml",
            "clusters:\n- name: prod\n  paths: [\"clusters/prod/**\", \"clusters/prd/**\"]\n",
        ),
    ]);
    let (code, _, err) = said(folder.path(), &["check"]);
    assert_eq!(code, 2);
    assert!(err.contains("clusters/prd/**"), "{err}");
    assert!(!err.contains("clusters/prod/**"), "{err}");
}

#[test]
fn a_pattern_of_an_override_that_holds_for_nothing_is_a_warning() {
    let config = ("lab/config.yaml", "cni: cilium\ntls-san: [a.example.net]\n");
    let settings = "overrides:\n- paths: [lab/**, labor/**]\n  rules: {security: off}\n";
    let folder = tree(&[config, (".rke2-lint.yaml", settings)]);
    let (code, out, err) = said(folder.path(), &["check"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(
        err.starts_with("warning: .rke2-lint.yaml: overrides: pattern `labor/**` matches no file\n"),
        "{err}"
    );
    assert!(!err.contains("lab/**"), "{err}");
    // A run over a part of the tree only reports on that part.
    let (_, _, err) = said(folder.path(), &["check", "lab"]);
    assert!(!err.contains("warning"), "{err}");
}

#[test]
fn the_page_on_grouping_shows_what_is_printed() {
    let first =
        "token-file: /etc/rancher/join\nnode-ip: 10.0.0.11\ntls-san: [api.example.com]\ncni: cilium\n";
    let second = "server: https://10.0.0.11:9345\ntoken-file: /etc/rancher/join\ncni: cilium\n";
    let lab = "token-file: /etc/rancher/lab\ntls-san: [lab.example.com]\ncni: cilium\n";
    let cilium = common::WRONG.replace("namespace: default", "namespace: kube-system");
    let folder = tree(&[
        ("site/cp1/etc/rancher/rke2/config.yaml", first),
        ("site/cp2/etc/rancher/rke2/config.yaml", second),
        ("site/manifests/rke2-cilium-config.yaml", &cilium),
        ("lab/config.yaml", lab),
        ("lab/config.old.yaml", lab),
        ("lab/manifests/rke2-cilium-config.yaml", &cilium),
        ("registries.yaml", "mirrors:\n  docker.io:\n    endpoint: [https://mirror.example.com]\n"),
    ]);
    let (_, _, err) =
        said(folder.path(), &["check", "-v", "--rke2-version", "v1.34.2", "--min-severity", "warning"]);
    let groups: Vec<&str> = err.lines().take_while(|line| *line != "skipped").collect();
    let page = fs::read_to_string(root().join("docs/grouping.md")).unwrap().replace("\r\n", "\n");
    assert!(page.contains(&format!("```text\n{}\n```", groups.join("\n"))), "{}", groups.join("\n"));
}
