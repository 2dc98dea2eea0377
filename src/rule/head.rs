//! The head of a built-in rule as the build script writes it. Shared with the build script, so it uses nothing of the
//! crate.

use serde::{Deserialize, Serialize};

/// The fields of a rule file other than those that say what it reports and when. A test compiles every file strictly and compares.
#[derive(Debug, Serialize, Deserialize)]
pub struct Head<'h> {
    /// `category/name`.
    pub id: &'h str,
    /// The word of its severity.
    pub severity: &'h str,
    /// One line: what is wrong.
    pub summary: &'h str,
    /// Where its explanation starts and ends in the texts of all rules.
    pub explanation: (usize, usize),
    /// Where the facts come from.
    pub references: Vec<&'h str>,
    /// The address of its page.
    pub url: &'h str,
    /// The version of rke2-lint that introduced it.
    pub since: &'h str,
    /// Rules whose finding at the same place replaces its own.
    pub yields_to: Vec<&'h str>,
    /// Former identifiers.
    pub aliases: Vec<&'h str>,
    /// Its check in Rust offers fixes.
    pub fixable: bool,
    /// Disabled unless settings enable it.
    pub off_by_default: bool,
    /// The name of its check in Rust.
    pub check: Option<&'h str>,
    /// The kind of mistake that it reports of chart values.
    pub verdict: Option<&'h str>,
    /// What it runs on.
    pub applies: Applies<'h>,
    /// The ranges of releases that it applies to.
    pub rke2: Vec<&'h str>,
    /// The versions of the subject chart that it applies to.
    pub chart_version: Option<&'h str>,
    /// Its first conditions up to one with names, coded one after the other; most rules end there.
    pub leading: &'h [u8],
    /// The fields that say what it reports and when, coded.
    pub body: &'h [u8],
}

/// What a rule runs on.
#[derive(Debug, Serialize, Deserialize)]
pub enum Applies<'h> {
    /// Objects that set values of these charts.
    Charts(Vec<&'h str>),
    /// Objects of these kinds.
    Kinds(Vec<&'h str>),
    /// Configurations of nodes with this role.
    Config(&'h str),
    /// registries.yaml files.
    Registries,
    /// Manifest files.
    ManifestFile,
    /// Clusters.
    Cluster,
    /// Nothing: the engine raises its findings.
    Engine,
}
