//! `rke2-lint rules test`, `rules CATEGORY`, and `explain` for every kind of subject.
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
    // Files next to a rule are not rules.
    let (code, _, err) = said(folder.path(), &["check", "--rules", "lint/rules", "--exclude", "lint"]);
    assert_eq!((code, err.contains("error")), (0, false), "{err}");
}

/// The output of `rules test --why`, and its exit code.
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
    // The folder may be written in another way.
    let (code, lines) = why(folder.path(), &["./lint/rules", "--why", "lint/rules/team/a/bad/config.yaml:3"]);
    let lines: Vec<String> = lines.iter().map(|line| line.replace("./lint", "lint")).collect();
    assert_eq!((code, lines), (0, at(3)));
    // Nothing is bound at the key, so every row is shown.
    assert_eq!(at(1).iter().filter(|line| line.starts_with("  $name")).count(), 3);
}

#[test]
fn rows_that_report_are_shown_wherever_they_are() {
    let rule = "id: team/a\nseverity: warning\nsummary: A\napplies: {config: any}\n\
                for-each: [{parts: {as: name, in: config.disable}}]\nwhen: [{$name: x30}]\n\
                report: {at: $name, message: 'found {$name}'}\nexplanation: A.\nsince: 0.1.0\n";
    let items = (1..=32).fold(String::new(), |text, number| text + &format!("  - x{number}\n"));
    let config = format!("cni: canal\ndisable:\n{items}");
    let folder = tree(&[("lint/rules/team/a.yaml", rule), ("lint/rules/team/a/good/config.yaml", &config)]);
    let (code, lines) = why(folder.path(), &["--why", "lint/rules/team/a/good/config.yaml:1"]);
    let has = |words: &str| lines.iter().any(|line| line.contains(words));
    assert!(code == 0 && lines[0].contains("a fires for"), "{lines:#?}");
    assert!(has("reported: found x30 (config.yaml:32)") && has("11 more rows; pass the line"), "{lines:#?}");
    assert!(has("$name = `x20`") && !has("$name = `x21`") && !has("$name = `x31`"), "{lines:#?}");
    // A good tree in which the rule fires is shown with its deciding condition.
    let (code, lines) = why(folder.path(), &[]);
    let decider = "  lint/rules/team/a.yaml:6: `$name: x30` is true; $name = `x30`, config.yaml:32";
    assert!(code == 1 && lines.iter().any(|line| line == decider), "{lines:#?}");
}

#[test]
fn an_unknown_operand_of_an_index_is_unknown() {
    let rule = "id: team/a\nseverity: warning\nsummary: A\napplies: {config: any}\n\
                for-each: [{rows: {as: [old, new], of: [[a, 1], [b, 2], [c, 3], [d, 4], [e, 5]]}}]\n\
                when: [{config.profile: {same-as: $old}}]\nreport: {at: config.profile, message: '{$new}'}\n\
                explanation: A.\nsince: 0.1.0\n";
    let folder = tree(&[
        ("lint/rules/team/a.yaml", rule),
        ("lint/rules/team/a/bad/config.yaml", "profile: '{{ x }}'\ncni: canal\n"),
    ]);
    let (_, lines) = why(folder.path(), &["--why", "lint/rules/team/a/bad/config.yaml:1"]);
    let condition = "  unknown  config.profile: {same-as: $old}  [lint/rules/team/a.yaml:6]  <- decides";
    assert!(lines.iter().any(|line| line == condition), "{lines:#?}");
}

#[test]
fn secrets_are_hidden_however_they_are_reached() {
    let head = "severity: warning\nsummary: A\nexplanation: A.\nsince: 0.1.0\n";
    let folder = tree(&[
        (
            "lint/rules/team/a.yaml",
            &format!(
                "id: team/a\napplies: {{registries: true}}\nfor-each: [{{each: {{as: registry, in: registries.configs}}}}, \
                 {{each: {{as: value, in: $registry.auth}}}}]\n\
                 when: [{{$registry.auth.auth: {{set: true}}}}, {{$value: {{set: true}}}}]\n\
                 report: {{at: $registry, message: found}}\n{head}"
            ),
        ),
        ("lint/rules/team/a/bad/registries.yaml", "configs:\n  a.example:\n    auth: {auth: c2VjcmV0}\n"),
        (
            "lint/rules/team/b.yaml",
            &format!(
                "id: team/b\napplies: {{config: any}}\nfor-each: [{{rows: {{as: [key], of: [[token], [cni]]}}}}]\n\
                 let: {{value: config.$key}}\nwhen: [{{config.$key: {{set: true}}}}, {{$value: {{set: true}}}}]\n\
                 report: {{at: config.cni, message: found}}\n{head}"
            ),
        ),
        ("lint/rules/team/b/bad/config.yaml", "token: c2VjcmV0\ncni: canal\n"),
    ]);
    for at in ["a/bad/registries.yaml:3", "b/bad/config.yaml:1"] {
        let (code, lines) = why(folder.path(), &["--why", &format!("lint/rules/team/{at}")]);
        let text = lines.join("\n");
        assert!(code == 0 && text.contains(" fires for ") && text.contains("(hidden)"), "{text}");
        assert!(!text.contains("c2VjcmV0"), "{text}");
    }
}

#[test]
fn any_tree_and_any_rule_can_be_asked_about() {
    let folder = tree(&[
        ("config.yaml", "server: http://a:9345\ntoken: abc\ntls-san: [a]\n"),
        ("agent/config.yaml", "server: https://a:9345\ntoken: abc\nnode-label: [a=b]\n"),
        ("other/config.yaml", "cni: calico\nprofile: cis\n"),
        (
            "other/manifests/a.yaml",
            "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: rke2-calico, namespace: kube-system}\n\
             spec:\n  valuesContent: |-\n    installation:\n      calicoNetwork: {}\n",
        ),
        (
            "lint/rules/team/a.yaml",
            "id: team/a\nseverity: warning\nsummary: A\napplies: {chart: rke2-calico}\nwhen: [{config.profile: cis}]\n\
             report: {at: values.installation, message: found}\nexplanation: A.\nsince: 0.1.0\n",
        ),
    ]);
    // The configuration is in a folder above the manifest.
    let (code, lines) = why(folder.path(), &["--rule", "team/a", "--why", "other/manifests/a.yaml:6"]);
    assert_eq!(code, 0, "{lines:?}");
    assert!(lines[0].starts_with("team/a fires for other/manifests/a.yaml:3"), "{lines:?}");
    assert!(lines[2].contains("config.profile = `cis`, other/config.yaml:2"), "{lines:?}");
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
        (
            &["--why", "config.yaml:1", "--rule", "registries/unknown-key"],
            "no subject of registries/unknown-key includes config.yaml",
        ),
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
        (
            "rke2-cilium",
            &[
                "# `rke2-cilium`, a packaged chart",
                "- values: `rke2-lint catalog values rke2-cilium`",
                "Rules about it:",
            ],
        ),
        (
            "rewrite",
            &[
                "# `mirrors.<registry>.rewrite` of registries.yaml",
                "- type: map of strings",
                "- registries/decode-error",
            ],
        ),
        ("configs.a.example:5000.tls.ca_file", &["# `configs.<host>.tls.ca_file` of registries.yaml"]),
        ("rke2-cilium.hubble.enabled", &["# `hubble.enabled` of rke2-cilium", "- type: bool"]),
        ("kubeProxyReplacement", &["# `kubeProxyReplacement` of rke2-cilium", "Rules about it:"]),
    ] {
        let (code, out, err) = said(&root(), &["explain", subject]);
        assert_eq!(code, 0, "{subject}: {err}");
        for word in words {
            assert!(out.contains(word), "{subject}: {word}\n{out}");
        }
    }
    for (subject, advice) in [
        ("profil", "did you mean `profile`?"),
        ("tls-sans", "did you mean `tls-san`?"),
        ("insecure_skip_verfy", "did you mean `insecure_skip_verify`?"),
        ("unknwon-key", "did you mean `unknown-key`?"),
        ("config/octal-mod", "did you mean `config/octal-mode`?"),
        ("hubble.enabld", "did you mean `hubble.enabled`?"),
        ("rke2-cilium.hubble.enabld", "did you mean `hubble.enabled`?"),
        ("rke2-cilum", "did you mean `rke2-cilium`?"),
        (
            "nothing-like-it",
            "`rke2-lint rules` lists the rules, `rke2-lint catalog values CHART` the values of a chart",
        ),
    ] {
        let (code, _, err) = said(&root(), &["explain", subject]);
        let expected =
            format!("error: no rule, category, key, chart or chart value is named `{subject}`; {advice}\n");
        assert_eq!((code, err), (2, expected));
    }
}

#[test]
fn a_renamed_rule_is_known_by_its_former_name() {
    let old = RULE.replace("team/a", "team/old");
    let new = RULE.replace("severity:", "aliases: [team/old]\nseverity:");
    let folder = tree(&[
        ("old/team/old.yaml", &old),
        ("new/team/a.yaml", &new),
        ("new/team/a/bad/config.yaml", "profile: cis\n"),
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
    // Tests and traces.
    let (code, lines) = why(folder.path(), &["new", "--rule", "team/old"]);
    assert!(code == 0 && lines[0] == "team/a/bad: reported", "{lines:?}");
    for at in ["new/team/a/bad/config.yaml:1", "k/rke2/config.yaml:1"] {
        let (code, lines) = why(folder.path(), &["new", "--rule", "team/old", "--why", at]);
        assert!(code == 0 && lines[0].starts_with("team/a fires for"), "{lines:?}");
    }
    // A name that refers to two rules is an error.
    let (code, _, err) = said(folder.path(), &["check", "k", "--rules", "old", "--rules", "new"]);
    assert_eq!((code, err.contains("duplicate rule `team/old`")), (2, true), "{err}");
}

#[test]
fn a_baseline_with_several_former_names_of_a_rule_loses_nothing() {
    let rule = |id: &str, more: &str, key: &str| {
        RULE.replace("team/a", id)
            .replace("severity:", &format!("{more}severity:"))
            .replace("config.profile: cis", key)
    };
    let key = |key: &str| format!("config.{key}: {{set: true}}");
    let of = |id: &str, name: &str| {
        rule(id, "", &key(name)).replace("at: config.profile", &format!("at: config.{name}"))
    };
    let merged = RULE
        .replace("severity:", "aliases: [team/old, team/older]\nseverity:")
        .replace("when: [{config.profile: cis}]", "for-each: [{rows: {as: [key], of: [[profile], [cni], [debug]]}}]\nwhen: [{config.$key: {set: true}}]")
        .replace("at: config.profile", "at: config.$key");
    let folder = tree(&[
        ("old/team/old.yaml", &of("team/old", "profile")),
        ("old/team/older.yaml", &of("team/older", "cni")),
        ("old/team/a.yaml", &of("team/a", "debug")),
        ("new/team/a.yaml", &merged),
        ("k/rke2/config.yaml", "profile: cis\ncni: canal\ndebug: true\n"),
    ]);
    let check = |rules: &str, more: &[&str]| {
        said(folder.path(), &[&["check", "k", "--select", "team", "--rules", rules], more].concat())
    };
    assert_eq!(check("new", &[]).1.matches("[team/a]").count(), 3);
    assert_eq!(check("old", &["--write-baseline", "b.json"]).0, 0);
    let (code, out, err) = check("new", &["--baseline", "b.json"]);
    assert!(code == 0 && out.is_empty() && !err.contains("no longer"), "{out}{err}");
    // A new finding is reported.
    write(folder.path(), "k/rke2/config.yaml", "profile: etcd\ncni: canal\ndebug: true\n");
    let (code, out, _) = check("new", &["--baseline", "b.json"]);
    assert!(code == 1 && out.matches("[team/a]").count() == 1 && out.contains("config.yaml:1:"), "{out}");
}
