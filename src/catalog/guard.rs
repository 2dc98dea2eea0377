//! Combinations of values that make a chart fail on purpose. Must not look at files.

use serde::{Deserialize, Serialize};

use super::compare_versions;
use super::neutral::{NeutralError, read_lines};

/// A `fail` in a chart's templates, with the values that trigger it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// The chart's name.
    pub chart: String,
    /// The first version that has the guard.
    pub from: String,
    /// The last version that has it; `None` if the newest known version still does.
    pub until: Option<String>,
    /// The value to report, which the user must have set. `*` is any key of a user's map, here and in the conditions.
    pub at: Vec<String>,
    /// The conditions: all groups must hold, each by at least one of its alternatives.
    pub when: Vec<Vec<Clause>>,
    /// What is wrong, as the end of a sentence about the value at [`Guard::at`]: `… without …`.
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
    /// The condition.
    pub is: Test,
}

/// A test of a value. A missing value is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// A template treats it as true.
    Truthy,
    /// A template treats it as false.
    Falsy,
    /// Its text is one of these.
    OneOf(Vec<String>),
    /// Its text is not one of these.
    NoneOf(Vec<String>),
    /// It is a version older than this one. As in Helm's comparison, missing numbers are zero: `v3` is 3.0.0. If this
    /// one starts with `v`, so does the other, and it has all three numbers; the chart does not compare any other.
    Before(String),
    /// It and the value at another path are different integers other than 0.
    OtherThan(Vec<String>),
    /// A template treats it as true, and it is not a map.
    NoMap,
    /// It is a non-empty string that Go cannot parse as a duration.
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
