//! `rke2-lint rules test`, `rules CATEGORY` and `explain` for everything that it knows.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{root, said, tree, write};

const RULE: &str = "id: team/a\nseverity: warning\nsummary: A\napplies: {config: any}\nwhen: [{config.profile: cis}]\n\
                    report: {at: config.profile, message: found}\nexplanation: A.\nsince: 0.1.0\n";

#[test]
fn trees_are_reported_validated_missing_and_noisy() {
    let folder = tree(&[
        ("lint/rules/team/a.yaml", RULE),
        ("lint/rules/team/a/bad/config.yaml", "profile: cis\n"),
        ("lint/rules/team/a/bad-other/config.yaml", "profile: etcd\n"),
        ("lint/rules/team/a/good/config.yaml", "profile: etcd\n"),
        ("lint/rules/team/a/good-other/config.yaml", "profile: cis\n"),
        ("lint/rules/team/b.yaml", &RULE.replace("team/a", "team/b")),
    ]);
    let (code, out, err) = said(folder.path(), &["rules", "test"]);
    let expected = "team/a/bad: reported\n  config.yaml:1:10: warning: found\nteam/a/bad-other: missing\n  \
                    lint/rules/team/a.yaml:5: `config.profile: cis` is false; config.profile = `etcd`, config.yaml:1\n\
                    team/a/good: validated\nteam/a/good-other: noisy\n  config.yaml:1:10: warning: found\n  \
                    lint/rules/team/a.yaml:5: `config.profile: cis` is true; config.profile = `cis`, config.yaml:1\n\
                    team/b: no example trees; add team/b/bad and team/b/good\n\
                    2 rules: 1 missing, 1 noisy, 1 reported, 1 validated\n";
    assert_eq!((code, out.as_str()), (1, expected), "{err}");
    // What is next to a rule is no rule.
    let (code, _, err) = said(folder.path(), &["check", "--rules", "lint/rules", "--exclude", "lint"]);
    assert_eq!((code, err.contains("error")), (0, false), "{err}");
}

/// What `rules test` prints with `--why`, and its exit code.
fn why(folder: &std::path::Path, arguments: &[&str]) -> (i32, Vec<String>) {
    let (code, out, err) = said(folder, &[&["rules", "test"], arguments].concat());
    (code, out.lines().chain(err.lines()).map(str::to_owned).collect())
}

#[test]
fn a_condition_says_where_its_value_comes_from() {
    let rule = "id: team/a\nseverity: warning\nsummary: A\napplies: {chart: rke2-canal}\nwhen:\n\
                - values.flannel.mtu: {less-than: values.calico.vethuMTU}\n- config.selinux: {not: true}\n\
                - config.token: {set: true}\n- host.kernel: {defined: true}\n- not: {cluster.cni: cilium}\n\
                report: {at: values.flannel.mtu, message: found}\nexplanation: A.\nsince: 0.1.0\n";
    let manifest = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: rke2-canal, namespace: kube-system}\n\
                    spec:\n  valuesContent: |-\n    flannel:\n      mtu: 1400\n";
    let folder = tree(&[
        ("lint/rules/team/a.yaml", rule),
        ("lint/rules/team/a/bad/config.yaml", "cni: canal\ntoken: abcdefg\n"),
        ("lint/rules/team/a/bad/manifests/a.yaml", manifest),
    ]);
    let (code, lines) = why(folder.path(), &["--why", "lint/rules/team/a/bad/manifests/a.yaml:7"]);
    assert_eq!(
        lines,
        [
            "team/a does not fire for manifests/a.yaml:3 (HelmChartConfig rke2-canal)",
            "  true     values.flannel.mtu: {less-than: values.calico.vethuMTU}  [lint/rules/team/a.yaml:6]",
            "             values.flannel.mtu = `1400`, manifests/a.yaml:7",
            "             values.calico.vethuMTU = `1450`, default of the chart",
            "  true     config.selinux: {not: true}  [lint/rules/team/a.yaml:7]",
            "             config.selinux = `false`, default of RKE2 v1.33–v1.36",
            "  true     config.token: {set: true}  [lint/rules/team/a.yaml:8]",
            "             config.token = (hidden), config.yaml:2",
            "  unknown  host.kernel: {defined: true}  [lint/rules/team/a.yaml:9]  <- decides",
            "             host.kernel is unknown: no host facts are given",
            "  true     not:  [lint/rules/team/a.yaml:10]",
            "    false    cluster.cni: cilium  [lint/rules/team/a.yaml:10]",
            "               cluster.cni = `canal`, config.yaml:1",
        ]
    );
    assert_eq!(code, 0);
}

#[test]
fn rows_and_cases_are_shown_for_what_is_bound_at_the_line() {
    let rule = "id: team/a\nseverity: warning\nsummary: A\napplies: {config: any}\n\
                for-each: [{parts: {as: name, in: config.disable}}, {rows: {as: [old, new], of: [[a, 1], [b, 2], [c, 3], [d, 4], [e, 5]]}}]\n\
                when: [{$name: {same-as: $old}}]\nreport: {at: $name}\n\
                cases: [{when: [{$new: {at-most: 1}}], message: 'low {$name}'}, {rke2: '>=1.30', message: 'high {$name}'}]\n\
                explanation: A.\nsince: 0.1.0\n";
    let folder = tree(&[
        ("lint/rules/team/a.yaml", rule),
        ("lint/rules/team/a/bad/config.yaml", "disable:\n  - a\n  - b\n  - z\ncni: canal\n"),
    ]);
    let at = |line: usize| {
        let at = format!("lint/rules/team/a/bad/config.yaml:{line}");
        why(folder.path(), &["--why", &at]).1
    };
    assert_eq!(
        at(3),
        [
            "team/a fires for config.yaml (configuration of a node, role server)",
            "  $name = `b`, config.yaml:3",
            "    true     $name: {same-as: $old}  [lint/rules/team/a.yaml:6]",
            "               $name = `b`, config.yaml:3",
            "               1 of 5 rows",
            "    $old = `b`, $new = `2`",
            "      case 1 of 2  [lint/rules/team/a.yaml:8]",
            "        false    $new: {at-most: 1}  [lint/rules/team/a.yaml:8]  <- decides",
            "                   $new = `2`",
            "      case 2 of 2  [lint/rules/team/a.yaml:8]",
            "        true     rke2: '>=1.30'  [lint/rules/team/a.yaml:8]",
            "                   checked against v1.33–v1.36",
            "      reported: high b (config.yaml:3)",
        ]
    );
    let none = at(4);
    assert!(none.iter().any(|line| line.contains("0 of 5 rows")), "{none:#?}");
    // However the folder is written.
    let (code, lines) = why(folder.path(), &["./lint/rules", "--why", "lint/rules/team/a/bad/config.yaml:3"]);
    let lines: Vec<String> = lines.iter().map(|line| line.replace("./lint", "lint")).collect();
    assert_eq!((code, lines), (0, at(3)));
    // Nothing is bound at the key: every row is shown.
    assert_eq!(at(1).iter().filter(|line| line.starts_with("  $name")).count(), 3);
}

#[test]
fn any_tree_and_any_rule_can_be_asked_about() {
    let folder = tree(&[
        ("config.yaml", "server: http://a:9345\ntoken: abc\ntls-san: [a]\n"),
        ("agent/config.yaml", "server: https://a:9345\ntoken: abc\nnode-label: [a=b]\n"),
    ]);
    let (code, lines) = why(folder.path(), &["--rule", "config/server-url", "--why", "config.yaml:1"]);
    assert_eq!(code, 0, "{lines:?}");
    assert!(lines[0].starts_with("config/server-url fires for config.yaml"), "{lines:?}");
    assert!(lines[1].contains("in Rust, because it parses text with a grammar of its own"), "{lines:?}");
    let (code, lines) =
        why(folder.path(), &["--rule", "config/joining-server-missing-token", "--why", "config.yaml:1"]);
    assert_eq!((code, lines.iter().any(|line| line.contains("[when[0]]"))), (0, true), "{lines:?}");
    for (arguments, words) in [
        (&["--why", "config.yaml:1"][..], "is in no example tree of lint/rules; name a rule with `--rule`"),
        (&["--why", "config.yaml", "--rule", "config/server-url"], "expected a file and a line"),
        (&["--why", "nowhere.yaml:1", "--rule", "config/server-url"], "no such file: nowhere.yaml"),
        (&["--why", "config.yaml:1", "--rule", "config/server-ulr"], "unknown rule or category"),
        (&["--why", "config.yaml:1", "--rule", "config"], "`config` is not a rule"),
        (&["--why", "config.yaml:1", "--rule", "registries/unknown-key"], "belongs to nothing"),
    ] {
        let (code, lines) = why(folder.path(), arguments);
        assert_eq!((code, lines.join("\n").contains(words)), (2, true), "{lines:?}");
    }
}

#[test]
fn an_example_tree_has_its_own_release_and_its_own_tree_before() {
    let rule = "id: team/a\nseverity: warning\nsummary: A\napplies: {config: any, rke2: '>=1.34'}\n\
                when: [{before.config.profile: cis}, {config.profile: etcd}]\n\
                report: {at: config.profile, message: '{before.config.profile} before'}\nexplanation: A.\nsince: 0.1.0\n";
    let folder = tree(&[
        ("lint/rules/team/a.yaml", rule),
        ("lint/rules/team/a/bad/.rke2-lint.yaml", "rke2-version: v1.34.2+rke2r1\n"),
        ("lint/rules/team/a/bad/config.yaml", "profile: etcd\n"),
        ("lint/rules/team/a/bad/.before/config.yaml", "profile: cis\n"),
        ("lint/rules/team/a/good/.rke2-lint.yaml", "rke2-version: v1.33.2+rke2r1\n"),
        ("lint/rules/team/a/good/config.yaml", "profile: etcd\n"),
        ("lint/rules/team/a/good/.before/config.yaml", "profile: cis\n"),
    ]);
    let (code, out, err) = said(folder.path(), &["rules", "test", "lint/rules"]);
    let expected = "team/a/bad: reported\n  config.yaml:1:10: warning: cis before\nteam/a/good: validated\n\
                    1 rule: 1 reported, 1 validated\n";
    assert_eq!((code, out.as_str()), (0, expected), "{err}");
}

#[test]
fn a_folder_without_rules_is_an_error() {
    let folder = tree(&[("lint/rules/README.md", "")]);
    let (code, _, err) = said(folder.path(), &["rules", "test"]);
    assert_eq!(code, 2);
    assert!(err.contains("no rule files in lint/rules"), "{err}");
    let (code, _, err) = said(folder.path(), &["rules", "test", "nowhere"]);
    assert_eq!((code, err.contains("cannot read the rules folder nowhere")), (2, true), "{err}");
}

#[test]
fn rules_are_listed_by_category_and_by_fix() {
    let lines = |arguments: &[&str]| {
        let (code, out, err) = said(&root(), arguments);
        assert_eq!(code, 0, "{err}");
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let category = lines(&["rules", "cni-canal"]);
    assert!(category.len() > 10 && category.iter().all(|line| line.starts_with("cni-canal/")));
    let fixable = lines(&["rules", "cni-canal", "--fixable"]);
    assert!(fixable.len() < category.len() && fixable.iter().all(|line| line.contains("  fix  ")));
    let (code, _, err) = said(&root(), &["rules", "cni-canl"]);
    assert_eq!((code, err.contains("did you mean `cni-canal`")), (2, true), "{err}");
}

#[test]
fn explain_knows_short_names_categories_keys_and_values() {
    for (subject, words) in [
        ("wrong-namespace", &["# helm-chart-config/wrong-namespace"][..]),
        ("cni-canal", &["# Category cni-canal", "- cni-canal/unknown-backend (error): "]),
        (
            "profile",
            &[
                "# `profile` of config.yaml",
                "- type: string",
                "Rules about it:",
                "- security/profile-invalid",
            ],
        ),
        ("rke2-cilium.hubble.enabled", &["# `hubble.enabled` of rke2-cilium", "- type: bool"]),
        ("kubeProxyReplacement", &["# `kubeProxyReplacement` of rke2-cilium", "Rules about it:"]),
    ] {
        let (code, out, err) = said(&root(), &["explain", subject]);
        assert_eq!(code, 0, "{subject}: {err}");
        for word in words {
            assert!(out.contains(word), "{subject}: {word}\n{out}");
        }
    }
    let (code, _, err) = said(&root(), &["explain", "profil"]);
    assert_eq!((code, err.contains("unknown rule or category `profil`")), (2, true), "{err}");
}

#[test]
fn a_renamed_rule_is_known_by_its_former_name() {
    let old = RULE.replace("team/a", "team/old");
    let new = RULE.replace("severity:", "aliases: [team/old]\nseverity:");
    let folder = tree(&[
        ("old/team/old.yaml", &old),
        ("new/team/a.yaml", &new),
        ("k/rke2/config.yaml", "profile: cis\n"),
    ]);
    let with_old =
        |arguments: &[&str]| said(folder.path(), &[&["check", "k", "--rules", "old"], arguments].concat());
    let with_new =
        |arguments: &[&str]| said(folder.path(), &[&["check", "k", "--rules", "new"], arguments].concat());
    let reports = |(code, out, err): (i32, String, String)| {
        assert_ne!(code, 2, "{err}");
        out.contains("[team/a]")
    };
    assert!(reports(with_new(&[])));
    // Options.
    assert!(reports(with_new(&["--select", "team/old"])) && !reports(with_new(&["--ignore", "team/old"])));
    // A baseline that was written under the former name.
    assert_eq!(with_old(&["--write-baseline", "b.json"]).0, 0);
    let (code, out, err) = with_new(&["--baseline", "b.json"]);
    assert!(code == 0 && out.is_empty() && !err.contains("no longer"), "{out}{err}");
    // Settings.
    write(folder.path(), "s.yaml", "rules: {team/old: off}\n");
    assert!(!reports(with_new(&["--config", "s.yaml"])));
    // An ignore comment.
    write(folder.path(), "k/rke2/config.yaml", "profile: cis # rke2-lint: ignore[team/old] intended\n");
    let (_, out, _) = with_new(&[]);
    assert!(!out.contains("team/") && !out.contains("suppress/"), "{out}");
    // A name that means two rules is an error.
    let (code, _, err) = said(folder.path(), &["check", "k", "--rules", "old", "--rules", "new"]);
    assert_eq!((code, err.contains("duplicate rule `team/old`")), (2, true), "{err}");
}
