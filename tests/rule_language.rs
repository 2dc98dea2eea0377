//! Rules as users write them: where they fire, where they keep silent, and which ones do not compile.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;

use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::rule::{Rule, compile_file};
use rke2_lint::settings::Settings;

/// Compiles a rule with these conditions, which reports at the first path of them.
fn rule(applies: &str, when: &str, at: &str) -> Result<Rule, String> {
    let text = format!(
        "id: team/a\nseverity: warning\nsummary: A\napplies: {applies}\nwhen:\n{when}\nreport:\n  at: '{at}'\n  \
         message: found\nexplanation: A.\nreferences: [https://example.com]\nsince: 0.1.0\n"
    );
    compile_file("team/a", "lint/team/a.yaml", &text).map_err(|error| error.to_string())
}

/// The texts that a rule points at.
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
    // Of a map it stands for each value.
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
    // The same with what is known.
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
