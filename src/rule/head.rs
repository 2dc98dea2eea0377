//! The head of a built-in rule, serialized by the build script. Shared with the build script, so it must not use the
//! rest of the crate.

use serde::{Deserialize, Serialize};

/// The fields of a rule file other than its body, which says what it reports and when. A test compares each head with
/// the strictly compiled file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Head<'h> {
    /// `category/name`.
    pub id: &'h str,
    /// The name of its severity.
    pub severity: &'h str,
    /// One line that names the mistake.
    pub summary: &'h str,
    /// The byte range of its explanation in the concatenated explanations of all rules.
    pub explanation: (usize, usize),
    /// Sources of the facts.
    pub references: Vec<&'h str>,
    /// The URL of its page.
    pub url: &'h str,
    /// The version of rke2-lint that introduced it.
    pub since: &'h str,
    /// Rules that take precedence: their finding at the same place suppresses this rule's.
    pub yields_to: Vec<&'h str>,
    /// Former identifiers.
    pub aliases: Vec<&'h str>,
    /// Its check in Rust offers fixes.
    pub fixable: bool,
    /// Disabled unless settings enable it.
    pub off_by_default: bool,
    /// The name of its check in Rust.
    pub check: Option<&'h str>,
    /// The kind of mistake in chart values that it reports.
    pub verdict: Option<&'h str>,
    /// The things on which it runs.
    pub applies: Applies<'h>,
    /// The ranges of releases to which it applies.
    pub rke2: Vec<&'h str>,
    /// The versions of the subject chart to which it applies.
    pub chart_version: Option<&'h str>,
    /// Its first conditions, serialized one after the other, up to one with names. For most rules no more is evaluated.
    pub leading: &'h [u8],
    /// Keys of the subject of which one must be present: see `needs`.
    pub needs: Vec<&'h str>,
    /// The fields that say what it reports and when, serialized.
    pub body: &'h [u8],
}

/// The things on which a rule runs.
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
