//! What a finding means for an upgrade. Must not look at files.

use serde::Serialize;

use crate::finding::{Finding, Severity};

/// A part of the report about an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// The target rejects or ignores what works today.
    Breaks,
    /// The cluster still works, but behaves differently.
    Changes,
    /// Settings that are no longer needed.
    Cleanup,
    /// New features of the target.
    New,
}

impl Group {
    /// All groups, in the order in which they are reported.
    pub const ALL: [Self; 4] = [Self::Breaks, Self::Changes, Self::Cleanup, Self::New];

    /// Its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Breaks => "BREAKS",
            Self::Changes => "CHANGES",
            Self::Cleanup => "CLEANUP",
            Self::New => "NEW",
        }
    }

    /// The group of a finding that only the target has.
    pub fn of(finding: &Finding) -> Self {
        let id = finding.rule.as_str();
        let named = BY_RULE.iter().find(|(rule, _)| *rule == id).map(|(_, group)| *group);
        match (named, finding.severity) {
            (Some(Self::Breaks), Severity::Info) => Self::Cleanup,
            (Some(group), Severity::Info | Severity::Warning) => group,
            (_, Severity::Error) => Self::Breaks,
            (None, Severity::Warning | Severity::Info) => Self::Changes,
        }
    }
}

/// Rules whose warnings and infos belong to a group other than `Changes`. Errors always belong to `Breaks`.
const BY_RULE: &[(&str, Group)] = &[
    // A setting that has an effect today is silently ignored.
    ("cloud-provider/aws-legacy", Group::Breaks),
    ("cni-cilium/dead-value", Group::Breaks),
    ("cni-cilium/removed-value", Group::Breaks),
    ("config/flag-not-in-version", Group::Breaks),
    ("helm-chart-config/removed-value", Group::Breaks),
    ("helm-chart-config/unknown-value-key", Group::Breaks),
    ("ingress/traefik-value-renames", Group::Breaks),
    // The files refer to something that was removed, without a loss of function.
    ("config/disable-redundant", Group::Cleanup),
    ("config/disable-unknown-item", Group::Cleanup),
    ("helm-chart-config/unread-value", Group::Cleanup),
    ("ingress/traefik-nginx-provider-rename", Group::Cleanup),
    ("upgrade/redundant-value", Group::Cleanup),
    ("upgrade/snapshot-validation-webhook", Group::Cleanup),
    // No action needed.
    ("upgrade/new-key", Group::New),
    ("upgrade/new-value", Group::New),
];
