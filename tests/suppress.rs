//! Ignore comments, tested with the built program.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{program, said, tree};

const HEAD: &str = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n";
const SPEC: &str = "spec:\n  valuesContent: |-\n    hubble: {}\n";

/// The output for a manifest with a wrong namespace on its fifth line, with these texts before it and on the line.
fn check(before: &str, namespace: &str) -> String {
    let text = format!("{before}{HEAD}{namespace}\n{SPEC}");
    let folder = tree(&[("manifests/a.yaml", &text)]);
    said(folder.path(), &["check"]).1
}

#[test]
fn a_comment_counts_on_its_line_and_above() {
    let rule = "helm-chart-config/wrong-namespace";
    assert!(check("", "  namespace: default").contains(rule));
    for quiet in [
        format!("  namespace: default # rke2-lint: ignore[{rule}] because"),
        format!("  # rke2-lint: ignore[{rule}]\n  namespace: default"),
        format!("  # rke2-lint: ignore[{rule}]\n  # more words\n  namespace: default"),
        "  # rke2-lint: ignore[helm-chart-config]\n  namespace: default".to_owned(),
        "  # rke2-lint: ignore[helm-chart-config/*]\r\n  namespace: default\r".to_owned(),
        format!("  # a # rke2-lint: ignore[{rule}]\n  namespace: default"),
    ] {
        assert_eq!(check("", &quiet), "", "{quiet}");
    }
    assert_eq!(check(&format!("# rke2-lint: ignore-file[{rule}]\n---\n"), "  namespace: default"), "");
    let too_far = check("", &format!("  # rke2-lint: ignore[{rule}]\n\n  namespace: default"));
    assert!(too_far.contains("suppress/unused-ignore") && too_far.contains("error:"), "{too_far}");
    let next = check("", &format!("  labels: {{}} # rke2-lint: ignore[{rule}]\n  namespace: default"));
    assert!(next.contains("suppress/unused-ignore") && next.contains("error:"), "{next}");
}

#[test]
fn text_in_scalars_is_no_comment() {
    let out =
        check("", "  annotations: {a: \"# rke2-lint: ignore[helm-chart-config]\"}\n  namespace: default");
    assert!(out.contains("error:") && !out.contains("suppress/"), "{out}");
}

#[test]
fn comments_inside_values_count() {
    for (values, quiet) in [
        ("|-\n    kubeProxyReplacement: true # rke2-lint: ignore[kube-proxy]\n", true),
        (
            "|-\n    # rke2-lint: ignore[kube-proxy/cilium-kpr-without-disable] later\n    kubeProxyReplacement: true\n",
            true,
        ),
        ("\"a: 1\\nkubeProxyReplacement: true # rke2-lint: ignore[kube-proxy]\\n\"\n", true),
        ("|- # rke2-lint: ignore[kube-proxy]\n    kubeProxyReplacement: true\n", false),
    ] {
        let text = format!("{HEAD}  namespace: kube-system\nspec:\n  valuesContent: {values}");
        let folder = tree(&[
            ("manifests/a.yaml", &text),
            ("config.yaml", "cni: cilium\nwrite-kubeconfig-mode: \"0600\"\n"),
        ]);
        let (_, out, _) = said(folder.path(), &["check", "--select", "kube-proxy,suppress"]);
        assert_eq!(out.is_empty(), quiet, "{text}\n{out}");
    }
}

#[test]
fn a_file_that_is_no_yaml_is_read_line_by_line() {
    let folder = tree(&[("rke2/server/manifests/a.yaml", "a: [ # rke2-lint: ignore[nothing]\nb: {\n")]);
    let (_, out, _) = said(folder.path(), &["check"]);
    assert!(out.contains("manifests/a.yaml:1:26: warning: unknown rule or category `nothing`"), "{out}");
}

#[test]
fn suppressed_findings_are_counted() {
    let text = format!("# rke2-lint: ignore-file[helm-chart-config]\n{HEAD}  namespace: default\n{SPEC}");
    let folder = tree(&[("manifests/a.yaml", &text)]);
    let (code, out, err) = said(folder.path(), &["check"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("1 finding suppressed"), "{err}");
    let (_, out, _) = said(folder.path(), &["check", "--ignore", "helm-chart-config"]);
    assert_eq!(out, "", "a rule that is off does not make the comment unused");
}

#[test]
fn findings_about_comments_can_be_kept_quiet_too() {
    let text = format!(
        "# rke2-lint: ignore-file[kube-proxy, suppress/unused-ignore]\n{HEAD}  namespace: kube-system\n{SPEC}"
    );
    let folder = tree(&[("manifests/a.yaml", &text)]);
    assert_eq!(said(folder.path(), &["check"]).1, "");
    let text = format!("# rke2-lint: ignore-file[suppress]\n{HEAD}  namespace: kube-system\n{SPEC}");
    let folder = tree(&[("manifests/a.yaml", &text)]);
    assert!(said(folder.path(), &["check"]).1.contains("`suppress` is not reported in this file"));
}

#[test]
fn output_does_not_depend_on_threads() {
    let files: Vec<(String, String)> = (0..40)
        .map(|index| {
            let comment = if index % 3 == 0 { "# rke2-lint: ignore-file[helm-chart-config]\n" } else { "" };
            (format!("c{index}/manifests/a.yaml"), format!("{comment}{HEAD}  namespace: n{index}\n"))
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = tree(&files);
    let run = |threads: &str| {
        let output = program(folder.path())
            .args(["check", "--format", "json", "-v"])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        (output.stdout, output.stderr)
    };
    assert_eq!(run("1"), run("8"));
}

#[test]
fn named_files_keep_their_context() {
    let text = format!(
        "{HEAD}  namespace: kube-system\nspec:\n  valuesContent: |-\n    kubeProxyReplacement: true # rke2-lint: ignore[kube-proxy]\n"
    );
    let folder = tree(&[
        ("manifests/a.yaml", &text),
        ("manifests/b.yaml", "# rke2-lint: ignore-file[kube-proxy]\n"),
        ("config.yaml", "cni: cilium\nwrite-kubeconfig-mode: \"0600\"\n"),
    ]);
    let (_, out, _) = said(folder.path(), &["check", "--select", "suppress,kube-proxy", "manifests/a.yaml"]);
    assert_eq!(out, "", "the comment is used, and the other file is not asked for");
}

#[test]
fn a_comment_for_a_rule_that_is_off_is_used_where_the_rule_would_report() {
    let head = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: a, namespace: kube-system}\nspec:\n";
    let comment = "# rke2-lint: ignore[helm-chart/unpinned-version]";
    for (chart, namespace, used) in [(comment, "", true), ("", comment, false)] {
        let spec = format!(
            "  repo: https://charts.example.org\n  chart: a {chart}\n  bootstrap: false\n  targetNamespace: apps {namespace}\n"
        );
        let folder = tree(&[("server/manifests/a.yaml", &format!("{head}{spec}"))]);
        let out = said(folder.path(), &["check"]).1;
        assert_eq!(out.contains("suppress/unused-ignore"), !used, "{spec}\n{out}");
    }
}
