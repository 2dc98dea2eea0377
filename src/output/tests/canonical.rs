//! The canonical report, with one of everything that a renderer must handle.

use std::sync::Arc;

use crate::finding::{
    Edit, Finding, Fix, Group, Label, Member, Problem, Report, RuleId, RuleInfo, Safety, Severity, Summary,
};
use crate::source::{FileId, SourceFile, Span};

const CANAL: &str = "\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-canal
  namespace: default
spec:
  valuesContent: |-
    # Größe in Bytes
    calico:
      vethuMTU: \"1450\" # für VXLAN
";

const CONFIG: &str = "\u{feff}# server\r\nwrite-kubeconfig-mode: \"0644\"\r\ncni: cilium\r\n";

const HOSTILE: &str = "a: 1 # \u{1b}[2J\u{202e}##[error]x\n::error file=a::owned: 100%\n";

/// A path that contains a terminal escape, a workflow command and a line break.
const HOSTILE_PATH: &str = "::error title=x::50% a,b:c\u{1b}[31m\nd/\u{202e}e.yaml";

/// A report with every kind of finding.
pub fn report() -> Report {
    let mut report = Report::default();
    let canal = add(&mut report, "clusters/prod west/rke2-canal-config.yaml", CANAL);
    let config = add(&mut report, "etc/rancher/rke2/config.yaml", CONFIG);
    let hostile = add(&mut report, HOSTILE_PATH, HOSTILE);
    let templates = add(&mut report, "manifests/größe.yaml", "");
    report.findings = vec![
        wrong_namespace(&report, canal),
        chart_not_deployed(&report, canal, config),
        mtu_location(&report, canal),
        hostile_finding(&report, hostile),
        file_finding(templates, config),
    ];
    report.sort();
    add_rules(&mut report);
    report.problems =
        vec![Problem { path: "secret\u{7}.yaml".into(), message: "permission denied (os error 13)".into() }];
    report.summary = Summary {
        linted: 12,
        templated: 4,
        other: 1,
        clusters: 2,
        suppressed: 2,
        release: "v1.34.2+rke2r1 from --rke2-version".into(),
        fixed: None,
    };
    report.groups = vec![Arc::new(Group {
        name: "clusters/prod west".into(),
        release: "v1.34.2+rke2r1 from --rke2-version".into(),
        release_from: "rke2-version".into(),
        releases: vec!["v1.34.2+rke2r1".into()],
        charts: vec!["rke2-canal".into()],
        members: vec![
            Member {
                unit: None,
                path: "clusters/prod west/rke2-canal-config.yaml".into(),
                role: "manifest",
                tie: Some("declared in the settings".into()),
            },
            Member {
                path: "etc/rancher/rke2/config.yaml".into(),
                unit: None,
                role: "server config",
                tie: None,
            },
        ],
        left_out: vec![("etc/rancher/rke2/config.old.yaml".into(), "RKE2 does not read it".into())],
    })];
    report.skipped = vec![("docker-compose.yaml".into(), "not RKE2's".into())];
    report
}

/// Adds a file to the report.
pub fn add(report: &mut Report, path: &str, text: &str) -> FileId {
    report.sources.add(Arc::new(SourceFile::new(path, text)))
}

/// The first occurrence of `needle` in a file.
pub fn span(report: &Report, file: FileId, needle: &str) -> Span {
    let at = report.sources.get(file).text().find(needle).unwrap();
    Span::new(file, at, at + needle.len())
}

/// A finding with only a message and a place.
pub fn finding(rule: &str, severity: Severity, message: &str, span: Span) -> Finding {
    Finding {
        rule: RuleId::new(rule),
        severity,
        message: message.into(),
        primary: label(span, ""),
        related: Vec::new(),
        help: None,
        fix: None,
        notes: Vec::new(),
        unit: None,
        effect: None,
        subject: None,
    }
}

/// A label.
pub fn label(span: Span, message: &str) -> Label {
    Label { span, message: message.into() }
}

fn wrong_namespace(report: &Report, canal: FileId) -> Finding {
    let place = span(report, canal, "default");
    Finding {
        primary: label(place, "must be `kube-system`"),
        related: vec![label(span(report, canal, "rke2-canal"), "the chart that RKE2 packages")],
        help: Some("set `metadata.namespace` to `kube-system`".into()),
        fix: Some(Fix {
            safety: Safety::Unsafe,
            message: "replace `default` with `kube-system`".into(),
            edits: vec![Edit { span: place, replacement: "kube-system".into() }],
        }),
        ..finding(
            "helm-chart-config/wrong-namespace",
            Severity::Error,
            "HelmChartConfig `rke2-canal` is in namespace `default`: RKE2 looks for it in `kube-system` only, so \
             the values below are never used",
            place,
        )
    }
}

fn chart_not_deployed(report: &Report, canal: FileId, config: FileId) -> Finding {
    Finding {
        primary: label(span(report, canal, "rke2-canal"), "configures Canal"),
        related: vec![label(span(report, config, "cilium"), "but the cluster runs Cilium")],
        help: Some("configure the chart of the CNI in use:\n\n  metadata:\n    name: rke2-cilium".into()),
        ..finding(
            "helm-chart-config/chart-not-deployed",
            Severity::Error,
            "`rke2-canal` is not deployed in this cluster, so this HelmChartConfig does nothing",
            span(report, canal, "rke2-canal"),
        )
    }
}

fn mtu_location(report: &Report, canal: FileId) -> Finding {
    let text = report.sources.get(canal).text();
    let start = text.find("calico:").unwrap();
    finding(
        "cni-calico/mtu-location",
        Severity::Warning,
        "`vethuMTU` belongs to the chart of Canal",
        Span::new(canal, start, text.len()),
    )
}

fn hostile_finding(report: &Report, hostile: FileId) -> Finding {
    Finding {
        primary: label(span(report, hostile, "::error file=a::owned"), "here\u{1b}[0m\nand ##[group]there"),
        help: Some("remove it ::error file=x::y\r\n::warning::z\u{9b}31m, 100%".into()),
        ..finding(
            "own/no-url",
            Severity::Info,
            "unknown key `::error file=a::owned\u{1b}]0;x\u{7}` <&\"'>\n::error::second line, 100% ]]> \u{fffe}",
            span(report, hostile, "::error file=a::owned"),
        )
    }
}

fn file_finding(file: FileId, config: FileId) -> Finding {
    Finding {
        related: vec![label(Span::file_start(config), "the config of this cluster")],
        ..finding(
            "manifest/empty-file",
            Severity::Warning,
            "the file is empty: RKE2 deletes what it deployed from it before",
            Span::file_start(file),
        )
    }
}

fn add_rules(report: &mut Report) {
    for finding in &report.findings {
        let id = finding.rule.clone();
        let is_own = id.category() == "own";
        let info = RuleInfo {
            id: id.clone(),
            severity: finding.severity,
            summary: format!("Summary of {id}").into(),
            explanation: "RKE2 does *this*.\n\nThe user sees that.\n".into(),
            url: (!is_own).then(|| format!("https://rke2-lint.dev/rules/{id}").into()),
            references: if is_own { Vec::new() } else { vec!["https://docs.rke2.io/helm".into()] },
        };
        report.rules.insert(id, Arc::new(info));
    }
}
