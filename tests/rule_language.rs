//! Rules as users write them: where they fire, where they do not, and which ones do not compile.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;

use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::rule::{Rule, compile_file};
use rke2_lint::settings::Settings;

/// Compiles a rule with these conditions that reports at `at`.
fn rule(applies: &str, when: &str, at: &str) -> Result<Rule, String> {
    let text = format!(
        "id: team/a\nseverity: warning\nsummary: A\napplies: {applies}\nwhen:\n{when}\nreport:\n  at: '{at}'\n  \
         message: found\nexplanation: A.\nreferences: [https://example.com]\nsince: 0.1.0\n"
    );
    compile_file("team/a", "lint/team/a.yaml", &text).map_err(|error| error.to_string())
}

/// The texts at which a rule reports.
fn found(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    let options = Options::new(&Settings::default(), [rule]);
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), Input::Bytes(text.as_bytes().to_vec())));
    let report = lint_sources(files.collect::<BTreeMap<_, _>>(), None, &options);
    let text = |span: rke2_lint::source::Span| report.sources.get(span.file).text()[span.range()].to_owned();
    report.findings.iter().map(|finding| text(finding.primary.span)).collect()
}

const CONFIG: &str = "etc/rancher/rke2/config.yaml";

fn in_config(when: &str, at: &str, config: &str) -> Vec<String> {
    found(rule("{config: any}", when, at).unwrap(), &[(CONFIG, config)])
}

fn in_values(chart: &str, when: &str, at: &str, values: &str) -> Vec<String> {
    let values = values.lines().fold(String::new(), |text, line| text + "    " + line + "\n");
    let manifest = format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: {chart}\n  namespace: \
         kube-system\nspec:\n  valuesContent: |-\n{values}"
    );
    let path = "var/lib/rancher/rke2/server/manifests/a.yaml";
    found(rule(&format!("{{chart: {chart}}}"), when, at).unwrap(), &[(path, &manifest)])
}

#[test]
fn a_wildcard_stands_for_each_element_of_a_list() {
    let when = "  - values.installation.calicoNetwork.ipPools[*].encapsulation: IPIP";
    let pools = "installation:\n  calicoNetwork:\n    ipPools:\n      - {cidr: a, encapsulation: IPIP}\n      - {cidr: b}\n      \
                 - {cidr: c, encapsulation: VXLAN}\n      - {cidr: d, encapsulation: IPIP}";
    let at = "values.installation.calicoNetwork.ipPools[*].cidr";
    assert_eq!(in_values("rke2-calico", when, at, pools), ["a", "d"]);

    let when = "  - values.additionalArguments[*]: {matches: '--x.*'}";
    let at = "values.additionalArguments[*]";
    assert_eq!(
        in_values("rke2-traefik", when, at, "additionalArguments: [--a, --x=1, --x=2]"),
        ["--x=1", "--x=2"]
    );

    let when = "  - config.tls-san[*]: {matches: '.*:.*'}";
    assert_eq!(in_config(when, "config.tls-san[*]", "tls-san: [a, 'fd00::1', b]"), ["'fd00::1'"]);
    assert_eq!(in_config(when, "config.tls-san[*]", "tls-san: 'fd00::1'"), ["'fd00::1'"]);
    // In a map, `*` matches each value.
    let when = "  - values.ports.*.hostPort: 80";
    let ports = "ports:\n  web:\n    hostPort: 80\n  other:\n    hostPort: 81";
    assert_eq!(in_values("rke2-traefik", when, "values.ports.*.hostPort", ports), ["80"]);
}

#[test]
fn what_nobody_can_know_fires_nothing() {
    for (when, at, config) in [
        ("  - config.tls-san[*]: {not: {matches: 'a.*'}}", "config.tls-san[*]", "tls-san: ['{{ x }}', abc]"),
        ("  - config.tls-san: {not: {contains: a}}", "config.tls-san", "tls-san: [b, '{{ x }}']"),
        ("  - config.tls-san: {unique: false}", "config.tls-san", "tls-san: ['{{ x }}', '{{ x }}']"),
        ("  - config.profile: {not: cis}", "config.profile", "profile: '{{ x }}'"),
        ("  - config.profile: {not: cis}", "config.profile", "profile: {{ x }}"),
        ("  - config.kubelet-arg[v]: {not: '4'}", "config.kubelet-arg", "kubelet-arg: ['{{ x }}']"),
        ("  - cluster.disabled: {not: {contains: rke2-coredns}}", "config.disable", "disable: ['{{ x }}']"),
        ("  - cluster.cni: {not: cilium}", "config.cni", "cni: ['{{ x }}']"),
    ] {
        assert_eq!(in_config(when, at, config), [""; 0], "{when} of {config}");
    }
    // The same for known values.
    assert_eq!(
        in_config("  - config.tls-san: {not: {contains: a}}", "config.tls-san[*]", "tls-san: [b]"),
        ["b"]
    );
    assert_eq!(in_config("  - config.profile: {not: cis}", "config.profile", "profile: etcd"), ["etcd"]);
    assert_eq!(in_config("  - cluster.cni: {not: cilium}", "cluster.cni", "cni: [canal]"), ["canal"]);
    for values in
        ["hubble: '{{ x }}'", "hubble: {{ x }}", "hubble:\n  enabled: {{ x }}", "{{ x }}", "'{{ x }}'"]
    {
        let when = "  - values.hubble.enabled: {not: true}";
        assert_eq!(in_values("rke2-cilium", when, "values.hubble.enabled", values), [""; 0], "{values}");
    }
}

#[test]
fn a_rule_that_could_never_or_always_fire_does_not_compile() {
    for (applies, when, words) in [
        (
            "{config: any}",
            "config.cni: {not: cilium}",
            "`cni` is a list; write `contains: cilium` or `cluster.cni`",
        ),
        (
            "{config: any}",
            "config.cluster-cidr: 10.42.0.0/16",
            "`cluster-cidr` is a list; write `contains: 10.42.0.0/16`",
        ),
        ("{config: any}", "config.disable: {one-of: [a, b]}", "write `contains: a` or `cluster.disabled`"),
        (
            "{config: any}",
            "config.tls-san: {matches: a}",
            "`tls-san` is a list; test its elements with `any:`",
        ),
        ("{config: any}", "config.debug: 'true'", "`debug` is a boolean; compare it with `true` or `false`"),
        ("{config: any}", "config.token: 5", "`token` is a string; write `\"5\"`"),
        ("{config: any}", "config.token[*]: a", "`token` is not a list"),
        ("{config: any}", "config.token.a: b", "a config key has no keys under it"),
        ("{config: any}", "host.kernl: a", "unknown host fact; did you mean `host.kernel`?"),
        (
            "{chart: rke2-cilium}",
            "values.hubble.enabeld: {not: true}",
            "no version of rke2-cilium reads `hubble.enabeld`; did you mean `hubble.enabled`?",
        ),
        ("{config: any}", "chart(rke2-cilium).values.hubbel.enabled: true", "did you mean `hubble`?"),
        (
            "{kind: HelmChartConfig}",
            "resource.spec.valuesContnet: {defined: false}",
            "unknown field `spec.valuesContnet` in HelmChartConfig; did you mean `valuesContent`?",
        ),
        ("{registries: true}", "registries.mirors: {defined: true}", "did you mean `mirrors`?"),
        ("{registries: true}", "registries.mirrors.*.endpoints: {defined: true}", "did you mean `endpoint`?"),
    ] {
        let path = when.split(": ").next().unwrap();
        let error = rule(applies, &format!("  - {when}"), path).unwrap_err();
        assert!(error.contains(words), "{when}: {error}");
        assert!(error.starts_with("lint/team/a.yaml:6:"), "{error}");
    }
    for (applies, when) in [
        ("{config: any}", "config.cni: {contains: cilium}"),
        ("{config: any}", "config.tls-san: {any: {matches: 'a.*'}}"),
        ("{config: any}", "config.cluster-cidr: {cidr: {family: ipv4}}"),
        ("{config: any}", "config.kubelet-arg[v]: '4'"),
        ("{config: any}", "host.our-own-fact: a"),
        ("{chart: rke2-traefik}", "values.ports.*.hostPort: 80"),
        ("{chart: rke2-calico}", "values.installation.calicoNetwork.ipPools[*].cidr: a"),
        ("{kind: Deployment}", "resource.spec.anything: a"),
    ] {
        let path = when.split(": ").next().unwrap();
        let compiled = rule(applies, &format!("  - {when}"), path);
        assert!(compiled.is_ok(), "{when}: {}", compiled.unwrap_err());
    }
}

/// Compiles a rule from everything below `applies`.
fn whole(applies: &str, body: &str) -> Result<Rule, String> {
    let text = format!(
        "id: team/a\nseverity: warning\nsummary: A\napplies: {applies}\nexplanation: A.\nreferences: \
         [https://example.com]\nsince: 0.1.0\n{body}"
    );
    compile_file("team/a", "lint/team/a.yaml", &text).map_err(|error| error.to_string())
}

/// The findings of a rule: the text at their place, the severity, the message.
fn says(applies: &str, body: &str, files: &[(&str, &str)]) -> Vec<String> {
    let rule = whole(applies, body).unwrap_or_else(|error| panic!("{body}\n{error}"));
    let options = Options::new(&Settings::default(), [rule]);
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), Input::Bytes(text.as_bytes().to_vec())));
    let report = lint_sources(files.collect::<BTreeMap<_, _>>(), None, &options);
    let line = |finding: &rke2_lint::finding::Finding| {
        let span = finding.primary.span;
        let at = &report.sources.get(span.file).text()[span.range()];
        format!("{at}: {}: {}", finding.severity, finding.message)
    };
    report.findings.iter().map(line).collect()
}

#[test]
fn the_first_case_that_holds_is_reported_and_an_unknown_one_ends_the_search() {
    let body = "cases:\n- when: [{config.profile: cis}]\n  severity: error\n  at: config.profile\n  message: first\n\
                - when: [{written.config.debug: {set: true}}]\n  at: key(config.debug)\n  message: second\n";
    let of = |config: &str| says("{config: any}", body, &[(CONFIG, config)]);
    assert_eq!(of("profile: cis\ndebug: true\n"), ["cis: error: first"]);
    assert_eq!(of("profile: etcd\ndebug: true\n"), ["debug: warning: second"]);
    assert_eq!(of("profile: '{{ x }}'\ndebug: true\n"), [""; 0]);
    let all = format!("all: true\n{body}");
    let of = |config: &str| says("{config: any}", &all, &[(CONFIG, config)]);
    assert_eq!(of("profile: cis\ndebug: true\n"), ["cis: error: first", "debug: warning: second"]);
    assert_eq!(of("profile: '{{ x }}'\ndebug: true\n"), ["debug: warning: second"]);
}

#[test]
fn files_and_tables_of_the_catalogue_are_bound_by_names() {
    let drop_ins = "for-each: [{each: {as: file, in: node.drop-ins}}]\nwhen: [{$file.name: {matches: '[0-9].*'}}]\n\
                    report: {at: $file.first-key, message: '{$file.name}'}\n";
    let files = [
        (CONFIG, "token: a\ncni: canal\n"),
        ("etc/rancher/rke2/config.yaml.d/10-a.yaml", "debug: true\n"),
        ("etc/rancher/rke2/config.yaml.d/b.yaml", "debug: true\n"),
    ];
    assert_eq!(says("{config: any}", drop_ins, &files), ["debug: warning: 10-a.yaml"]);
    // Each element has a place and an index.
    let indexed = "for-each: [{each: {as: file, in: node.drop-ins}}]\nwhen: [{$file.#index: {at-least: 1}}]\n\
                   report: {at: $file.first-key, message: '{$file.#index} {$file.name} {$file.dangling}'}\n";
    assert_eq!(says("{config: any}", indexed, &files), ["debug: warning: 1 b.yaml false"]);
    let apis = "for-each: [{rows: {as: [api, kind, removed, served], of: removed-apis}}]\n\
                when: [{resource.apiVersion: {same-as: $api}}, {resource.kind: {same-as: $kind}}]\n\
                report: {at: resource.kind, message: '{$removed} {$served}'}\n";
    let manifest = "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n";
    let path = "var/lib/rancher/rke2/server/manifests/a.yaml";
    let found = says("{kind: '*'}", apis, &[(path, manifest)]);
    assert_eq!(found, ["Ingress: warning: 1.22 networking.k8s.io/v1"]);
    let errors =
        "when: [{file.syntax-error: tab}]\nreport: {at: file.syntax-error, message: '{file.name}'}\n";
    let found =
        says("{manifest-file: true}", errors, &[(path, "apiVersion: v1\nkind: ConfigMap\ndata:\n\ta: b\n")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("warning: a.yaml"), "{found:?}");
}

#[test]
fn a_case_may_be_for_releases_with_a_change() {
    let body = "cases:\n- rke2: {change: ipvs-deprecated}\n  at: config.token\n  message: deprecated\n\
                - at: config.token\n  message: accepted\n";
    let of = |release: &str| {
        let settings = format!("rke2-version: {release}\n");
        let source = std::sync::Arc::new(rke2_lint::source::SourceFile::new(".rke2-lint.yaml", settings));
        let settings = rke2_lint::settings::parse(source, rke2_lint::settings::Base::default()).unwrap();
        let options = Options::new(&settings, [whole("{config: any}", body).unwrap()]);
        let files = [(CONFIG.to_owned(), Input::Bytes(b"token: a\ncni: canal\n".to_vec()))];
        let report = lint_sources(files.into_iter().collect(), None, &options);
        report.findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (of("v1.34.1+rke2r1"), of("v1.35.0+rke2r1")),
        (vec!["accepted".to_owned()], vec!["deprecated".to_owned()])
    );
}

#[test]
fn names_stand_for_rows_paths_elements_parts_and_arguments() {
    let of = |body: &str, config: &str| says("{config: any}", body, &[(CONFIG, config)]);
    let rows = "for-each:\n- rows: {as: [key, other], of: [[token, server], [profile, cni]]}\n\
                when: [{written.config.$key: {set: true}}]\n\
                report: {at: key(config.$key), message: '{$key} and {$other}'}\n";
    assert_eq!(
        of(rows, "profile: a\ntoken: b\n"),
        ["profile: warning: profile and cni", "token: warning: token and server"]
    );
    let parts = "for-each: [{parts: {as: part, in: config.tls-san}}]\nwhen: [{$part: {matches: 'b.*'}}]\n\
                 report: {at: $part, message: '{$part} is part {$part.#index}'}\n";
    assert_eq!(
        of(parts, "tls-san: ['a,b1', c, b2]\n"),
        ["'a,b1': warning: b1 is part 1", "b2: warning: b2 is part 3"]
    );
    let arguments = "for-each: [{arguments: {as: arg}}]\nwhen: [{$arg.name: v}]\n\
                     report: {at: $arg, message: '{$arg.value} of {$arg.list} for {$arg.component}'}\n";
    assert_eq!(
        of(arguments, "kubelet-arg: ['v=4', 'x=1']\netcd-arg: --v=5\n"),
        ["'v=4': warning: 4 of kubelet-arg for kubelet", "--v=5: warning: 5 of etcd-arg for etcd"]
    );
    let registries = "for-each:\n- each: {as: host, in: registries.configs}\n- values: {as: key, of: [username, password]}\n\
                      when: [{$host.auth.$key: ''}]\n\
                      report: {at: $host.auth.$key, message: '{$key} of {$host.#key}'}\n";
    let file =
        ("etc/rancher/rke2/registries.yaml", "configs:\n  a:5000:\n    auth: {username: u, password: ''}\n");
    assert_eq!(says("{registries: true}", registries, &[file]), ["'': warning: password of a:5000"]);
    let paths = "for-each: [{paths: {as: place, of: [mtu, a.mtu]}}]\nwhen: [{written.values.$place: {type: integer}}]\n\
                 report: {at: key(written.values.$place), message: '{$place}'}\n";
    let manifest = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-calico\n  namespace: \
                    kube-system\nspec:\n  valuesContent: |-\n    mtu: 5\n    a: {mtu: 6}\n";
    let manifest = ("var/lib/rancher/rke2/server/manifests/a.yaml", manifest);
    assert_eq!(
        says("{chart: [rke2-calico, rke2-canal]}", paths, &[manifest]),
        ["mtu: warning: mtu", "mtu: warning: a.mtu"]
    );
    let computed = "let: {half: 'minus(config.etcd-snapshot-retention, 5)'}\n\
                    when: [{config.etcd-snapshot-retention: {set: true, greater-than: $half}}, {$half: 3}]\n\
                    report: {at: config.etcd-snapshot-retention, message: '{$half}'}\n";
    assert_eq!(of(computed, "etcd-snapshot-retention: 8\n"), ["8: warning: 3"]);
    assert_eq!(of(computed, "etcd-snapshot-retention: 9\n"), [""; 0]);
}

/// Two servers in files of one cluster.
fn servers(first: &str, second: &str) -> Vec<String> {
    let of = |body: &str| {
        let files = [("a/server-1.yaml", first), ("a/server-2.yaml", second)];
        !says("{cluster: true}", body, &files).is_empty()
    };
    let conditions = [
        ("some", "some: {node: {node-name: b}}"),
        ("none", "none: {node: {node-name: b}}"),
        ("unique", "unique: {node: node-ip}"),
        ("repeated", "not: {unique: {node: node-ip}}"),
        ("two", "count: {node: {role: server}, is: {at-least: 2}}"),
    ];
    let fires =
        |condition: &str| of(&format!("when: [{{{condition}}}]\nreport: {{at: subject, message: found}}\n"));
    conditions.iter().filter(|(_, condition)| fires(condition)).map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn quantifiers_are_true_false_and_unknown() {
    let first = "cluster-cidr: 10.42.0.0/16\nnode-name: a\nnode-ip: 10.0.0.1\n";
    let other = |name: &str, ip: &str| {
        format!(
            "server: https://10.0.0.1:9345\ncluster-cidr: 10.42.0.0/16\nnode-name: {name}\nnode-ip: {ip}\n"
        )
    };
    assert_eq!(servers(first, &other("b", "10.0.0.2")), ["some", "unique", "two"]);
    assert_eq!(servers(first, &other("c", "10.0.0.2")), ["none", "unique", "two"]);
    assert_eq!(servers(first, &other("c", "10.0.0.1")), ["none", "repeated", "two"]);
    assert_eq!(servers(first, &other("'{{ x }}'", "'{{ x }}'")), ["two"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of mistakes, each with its error")]
fn a_misuse_of_the_language_does_not_compile() {
    let report = "report: {at: config.token, message: found}\n";
    for (applies, body, words) in [
        (
            "{config: any}",
            format!("for-each: [{{rows: {{as: [a, b], of: [[1]]}}}}]\nwhen: [{{config.$a: x}}]\n{report}"),
            "expected 2 columns, found 1",
        ),
        (
            "{kind: '*'}",
            "for-each: [{rows: {as: [api, kind], of: removed-apis}}]\nwhen: [{resource.kind: {same-as: $kind}}]\n\
             report: {at: resource.kind, message: '{$api}'}\n"
                .to_owned(),
            "expected 2 columns, found 4",
        ),
        (
            "{config: any}",
            format!("for-each: [{{rows: {{as: [a], of: removed-api}}}}]\nwhen: [{{config.$a: x}}]\n{report}"),
            "unknown table `removed-api`; did you mean `removed-apis`?",
        ),
        (
            "{config: any}",
            format!("for-each: [{{each: {{as: file, in: node.drop-ins}}}}]\nwhen: [{{$file.nam: x}}]\n{report}"),
            "unknown field `nam`",
        ),
        (
            "{config: any}",
            "cases: [{rke2: {change: ipvs-deprecate}, at: config.token, message: found}]\n".to_owned(),
            "unknown change `ipvs-deprecate`; did you mean `ipvs-deprecated`?",
        ),
        (
            "{config: any}",
            "cases:\n- at: config.token\n  message: found\n  rke2:\n  - '>=1.34'\n  - [1.35]\n".to_owned(),
            "a.yaml:13:5: expected a string",
        ),
        (
            "{config: any}",
            format!("for-each: [{{each: {{as: file, in: node.drop-ins}}}}]\nwhen: [{{$file.reason: x}}]\n{report}"),
            "unknown field `reason`; expected one of `name`, `first-key`, `dangling`",
        ),
        (
            "{config: any}",
            format!("when: [{{somewhere.else: x}}]\n{report}"),
            "expected `chart`, `cilium`, `cluster`, `config`, `file`",
        ),
        (
            "{config: any}",
            format!("for-each: [{{row: {{as: [a], of: [[1]]}}}}]\nwhen: []\n{report}"),
            "unknown binder `row`; did you mean `rows`?",
        ),
        (
            "{config: any}",
            format!("for-each: [{{values: {{as: key, of: [token]}}}}]\nwhen: [{{config.$kee: x}}]\n{report}"),
            "unknown name `$kee`; did you mean `$key`?",
        ),
        (
            "{config: any}",
            format!(
                "for-each: [{{values: {{as: key, of: [token]}}}}]\nwhen: [{{config.debug: true}}]\n{report}"
            ),
            "`$key` is never used",
        ),
        (
            "{config: any}",
            format!("for-each: [{{values: {{as: key, of: [tokn]}}}}]\nwhen: [{{config.$key: x}}]\n{report}"),
            "no RKE2 release has the config key `tokn`; did you mean `token`?",
        ),
        (
            "{config: any}",
            format!(
                "for-each: [{{values: {{as: key, of: [token]}}}}, {{values: {{as: key, of: [debug]}}}}]\nwhen: [{{config.$key: x}}]\n{report}"
            ),
            "`$key` is bound twice",
        ),
        (
            "{config: any}",
            format!("for-each: [{{arguments: {{as: arg}}}}]\nwhen: [{{$arg.nam: x}}]\n{report}"),
            "unknown field `nam`",
        ),
        (
            "{config: any}",
            format!("for-each: [{{values: {{as: key, of: [token]}}}}]\nwhen: [{{$key.#index: 1}}]\n{report}"),
            "only what `each`, `parts` and `arguments` bind has an index",
        ),
        (
            "{config: any}",
            format!("when: [{{lowr(config.profile): x}}]\n{report}"),
            "unknown function `lowr`; did you mean `lower`?",
        ),
        (
            "{config: any}",
            format!("when: [{{config.profile: {{matchs: x}}}}]\n{report}"),
            "unknown predicate `matchs`; did you mean `matches`?",
        ),
        (
            "{config: any}",
            format!("when: [{{config.profile: {{format: lable}}}}]\n{report}"),
            "unknown format `lable`",
        ),
        ("{config: any}", format!("when: [{{cluster.cnii: x}}]\n{report}"), "did you mean `cluster.cni`?"),
        (
            "{config: any}",
            format!("when: [{{cilium.agent-option: true}}]\n{report}"),
            "write `cilium.agent-option(NAME)`",
        ),
        (
            "{config: any}",
            format!("when: [{{cilium.kube-proxy-replacement: on}}]\n{report}"),
            "is never `on`; expected one of",
        ),
        ("{config: any}", format!("when: [{{node.joins: 'true'}}]\n{report}"), "`node.joins` is a boolean"),
        (
            "{config: any}",
            format!("when: [{{some: {{nodes: {{role: server}}}}}}]\n{report}"),
            "expected one of `object`, `node`",
        ),
        (
            "{config: any}",
            format!("when: [{{some: {{node: {{tokn: x}}}}}}]\n{report}"),
            "did you mean `token`?",
        ),
        (
            "{config: any}",
            "when: [{config.debug: true}]\nreport: {at: config.debug, message: '{config.token}'}\n"
                .to_owned(),
            "would print a secret",
        ),
        (
            "{config: any}",
            "cases:\n- {at: config.debug, message: a}\n- {at: config.debug, message: b}\n".to_owned(),
            "this case is never reached",
        ),
        ("{config: any}", "cases:\n- {at: config.debug}\n".to_owned(), "missing field `message`"),
        (
            "{config: any}",
            format!("when: [{{config.debug: true}}]\n{report}fix: {{safety: safe}}\n"),
            "a fix needs one of `set`, `replace`",
        ),
        (
            "{chart: rke2-cilum}",
            format!("when: [{{config.debug: true}}]\n{report}"),
            "did you mean `rke2-cilium`?",
        ),
    ] {
        let error = whole(applies, &body).unwrap_err();
        assert!(error.contains(words), "{body}: {error}");
    }
}

#[test]
fn the_reference_and_the_schema_are_current() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, text) in [
        ("docs/rule-language.md", rke2_lint::rule::reference::page()),
        ("docs/rule.schema.json", rke2_lint::rule::reference::json_schema()),
    ] {
        let file = root.join(name);
        if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let written = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(written, text, "RKE2_LINT_UPDATE_DOCS=1 writes {name} anew");
    }
}
