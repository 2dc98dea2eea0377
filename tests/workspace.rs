//! After each change, a workspace reports the same as a new run over the changed tree.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use common::{Fixture, RULES, WRONG, fixture_sides, render, root, rule_ids};
use rke2_lint::engine::{Cancel, Input, Options, Progress, Workspace, lint, lint_sources, shown};
use rke2_lint::finding::Report;
use rke2_lint::output::Format;

/// A report as text.
fn told(report: &Report) -> String {
    format!(
        "{}\n{:?}\n{:?}\n{:?}",
        render(report, Format::Json),
        report.problems,
        report.groups,
        report.files
    )
}

/// All fixture trees of rules, inputs and projects.
fn trees() -> Vec<PathBuf> {
    let mut trees: Vec<PathBuf> = rule_ids()
        .iter()
        .flat_map(|id| ["bad", "good"].map(|side| fixture_sides(id, side)))
        .flatten()
        .collect();
    for folder in ["testdata/projects", "testdata/inputs"] {
        let mut found: Vec<PathBuf> =
            fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        trees.extend(found.into_iter().filter(|path| path.is_dir()));
    }
    trees
}

/// Intermediate texts while a user types: without a line, with half a line, with an additional key, empty.
fn edits(text: &str, seed: usize) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = seed % lines.len().max(1);
    let start: String = lines[..at].concat();
    let line = lines.get(at).copied().unwrap_or_default();
    let half: String = line.chars().take(line.chars().count() / 2).collect();
    let rest = lines.get(at + 1..).unwrap_or_default().concat();
    let cut = format!("{start}{rest}");
    let more = format!("{start}node-label+: [a=b]\n{line}{rest}");
    vec![cut, start + &half, more, String::new()]
}

#[test]
fn each_change_is_told_as_a_run_over_the_changed_tree_tells_it() {
    let mut seed = 7_usize;
    // A sample, as in tests/unknowns, because the full test takes a minute of CPU time.
    let step = if std::env::var_os("RKE2_LINT_ALL_MUTATIONS").is_some() { 1 } else { 4 };
    for tree in trees().into_iter().step_by(step) {
        let fixture = Fixture::read(&tree);
        let options = fixture.options(&RULES);
        let mut sources = fixture.sources.clone();
        let mut workspace = Workspace::of_texts(sources.clone(), None, &options);
        let names: Vec<String> = sources.keys().cloned().collect();
        // Two files of each tree are changed and restored.
        for name in names.iter().cycle().skip(seed % names.len().max(1)).take(names.len().min(2)) {
            let Input::Bytes(old) = sources[name].clone() else { continue };
            let Ok(text) = String::from_utf8(old.clone()) else { continue };
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mut texts = edits(&text, seed >> 33);
            texts.swap(0, (seed >> 40) % 4);
            texts.truncate(2);
            texts.push(text);
            for text in texts {
                sources.insert(name.clone(), Input::Bytes(text.clone().into_bytes()));
                workspace.set_text(name, Some(text.clone().into_bytes()));
                let (again, alone) =
                    (told(&workspace.check()), told(&lint_sources(sources.clone(), None, &options)));
                assert_eq!(again, alone, "{}: {name} is now:\n{text}", tree.display());
            }
        }
    }
}

fn node(name: &str, values: &str) -> (String, Input) {
    let text = WRONG.replace("hubble: {}", values);
    (format!("clusters/{name}/manifests/cilium.yaml"), Input::Bytes(text.into_bytes()))
}

fn clusters(count: usize) -> BTreeMap<String, Input> {
    let config = |at: usize| {
        (
            format!("clusters/c{at}/config.yaml"),
            Input::Bytes(format!("token: t{at}\ncni: cilium\n").into_bytes()),
        )
    };
    (0..count).flat_map(|at| [config(at), node(&format!("c{at}"), "hubble: {}")]).collect()
}

#[test]
fn only_the_changed_cluster_is_checked_again() {
    let progress = Arc::new(Progress::default());
    let options = Options { progress: Some(Arc::clone(&progress)), ..Options::default() };
    let mut workspace = Workspace::of_texts(clusters(5), None, &options);
    assert_eq!(workspace.check().summary.clusters, 5);
    assert_eq!(progress.now().2, 5);
    let (name, Input::Bytes(text)) = node("c3", "hubbel: {}") else { unreachable!() };
    workspace.set_text(&name, Some(text));
    let report = workspace.check();
    assert!(report.findings.iter().any(|finding| finding.message.contains("hubbel")));
    assert_eq!(progress.now().2, 1, "one cluster has changed");
    workspace.check();
    assert_eq!(progress.now().0, "files", "nothing has changed: no cluster is counted");
}

#[test]
fn a_cancelled_check_tells_nothing_and_the_next_one_everything() {
    let options = Options::default();
    let mut workspace = Workspace::of_texts(clusters(3), None, &options);
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(workspace.check_unless(&cancel).is_none());
    assert_eq!(told(&workspace.check()), told(&lint_sources(clusters(3), None, &options)));
}

#[test]
fn files_that_come_and_go_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    let file = |name: &str| root.join(name);
    let options = Options::default();
    fs::write(file("config.yaml"), "token: secret\nserver: https://10.0.0.1:9345\n").unwrap();
    let paths = [root.clone()];
    let mut workspace = Workspace::open(&paths, &options);
    let check = |workspace: &mut Workspace<'_>| {
        let report = workspace.check();
        assert_eq!(told(&report), told(&lint(&paths, Vec::new(), &options)));
        report.findings.len()
    };
    assert_eq!(check(&mut workspace), 0);
    fs::create_dir(file("manifests")).unwrap();
    fs::write(file("manifests/cilium.yaml"), WRONG).unwrap();
    workspace.touch(&shown(&file("manifests")));
    assert_eq!(check(&mut workspace), 1);
    fs::write(file("manifests/cilium.yaml"), WRONG.replace("default", "kube-system")).unwrap();
    workspace.touch(&shown(&file("manifests/cilium.yaml")));
    assert_eq!(check(&mut workspace), 0);
    fs::write(file("manifests/cilium.yaml"), WRONG).unwrap();
    fs::write(file(".gitignore"), "cilium.yaml\n").unwrap();
    fs::create_dir(file(".git")).unwrap();
    workspace.touch(&shown(&file(".gitignore")));
    assert_eq!(check(&mut workspace), 0);
    fs::remove_file(file(".gitignore")).unwrap();
    workspace.remove(&shown(&file(".gitignore")));
    assert_eq!(check(&mut workspace), 1);
    fs::remove_dir_all(file("manifests")).unwrap();
    workspace.remove(&shown(&file("manifests")));
    assert_eq!(check(&mut workspace), 0);
}

#[test]
fn an_unsaved_text_counts_until_it_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    let file = root.join("cilium.yaml");
    fs::write(&file, WRONG).unwrap();
    let options = Options::default();
    let mut workspace = Workspace::open(std::slice::from_ref(&root), &options);
    let name = shown(&file);
    assert_eq!(workspace.check().findings.len(), 1);
    workspace.set_text(&name, Some(WRONG.replace("default", "kube-system").into_bytes()));
    assert_eq!(workspace.check().findings.len(), 0);
    // A file that has not been saved yet.
    let canal = WRONG.replace("rke2-cilium", "rke2-canal").replace("hubble: {}", "{}");
    workspace.set_text(&shown(&root.join("new.yaml")), Some(canal.into_bytes()));
    let namespace = |report: Report| {
        report
            .findings
            .iter()
            .filter(|found| found.rule.as_str() == "helm-chart-config/wrong-namespace")
            .count()
    };
    assert_eq!(namespace(workspace.check()), 1);
    workspace.set_text(&shown(&root.join("new.yaml")), None);
    assert_eq!(workspace.check().findings.len(), 0);
    workspace.set_text(&name, None);
    assert_eq!(workspace.check().findings.len(), 1);
}

#[test]
fn clusters_are_handed_out_by_name() {
    let options = Options::default();
    let mut workspace = Workspace::of_texts(clusters(3), None, &options);
    let names = workspace.visit(|cluster, _| format!("{} {}", cluster.name, cluster.files().len()));
    assert_eq!(names, ["clusters/c0 2", "clusters/c1 2", "clusters/c2 2"]);
}
