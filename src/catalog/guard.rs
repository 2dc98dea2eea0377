//! Combinations of values with which a chart fails on purpose. Must not look at files.

use serde::{Deserialize, Serialize};

use super::compare_versions;
use super::neutral::{NeutralError, read_lines};

/// A `fail` of a chart's templates, with the values that lead to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// The chart's name.
    pub chart: String,
    /// The first version that has the guard.
    pub from: String,
    /// The last version that has it; `None` when the newest known one still does.
    pub until: Option<String>,
    /// The value to report, which the user must have written. `*` stands for any key of a map that the user writes,
    /// here and in the conditions.
    pub at: Vec<String>,
    /// The conditions, all of which must hold; one of several alternatives is enough.
    pub when: Vec<Vec<Clause>>,
    /// What the chart wants, as a sentence about the value at [`Guard::at`]: `… without …`.
    pub problem: String,
    /// What to do.
    pub help: String,
}

/// A condition on one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The value.
    pub path: Vec<String>,
    /// What it must be.
    pub is: Test,
}

/// What a value is compared with. A missing value is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// A template treats it as true.
    Truthy,
    /// A template treats it as false.
    Falsy,
    /// It is one of these, as text.
    OneOf(Vec<String>),
    /// It is not one of these, as text.
    NoneOf(Vec<String>),
    /// It is a version before this one.
    Before(String),
    /// It is not a number equal to that at another path; both are set.
    OtherThan(Vec<String>),
    /// It is a string, or something else that is neither empty nor a map.
    NoMap,
    /// It is a string that Go does not read as a duration.
    NoDuration,
}

/// Reads the neutral form.
pub(super) fn read(text: &str) -> Result<Vec<Guard>, NeutralError> {
    read_lines(text)
}

impl Guard {
    /// Whether a version of the chart has the guard.
    pub fn is_in(&self, version: &str) -> bool {
        compare_versions(version, &self.from).is_ge()
            && self.until.as_ref().is_none_or(|last| compare_versions(version, last).is_le())
    }
}
