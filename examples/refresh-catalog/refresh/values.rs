//! The accepted values of `cni`, `ingress-controller`, `disable` and `profile`. Lists are read from the source code.
//! The functions that process a value are identified by a digest, and were reviewed by hand once. This module must not
//! guess the meaning of a changed function.

use std::collections::BTreeMap;

pub use rke2_lint::catalog::ConfigValuesRow as Row;
use rke2_lint::release::Release;
use serde::{Deserialize, Serialize};

use super::RefreshError;
use super::git::Repository;
use super::go::{function, list};

/// Files that may contain the lists.
const LISTS: &[&str] = &["pkg/cli/types.go", "pkg/rke2/rke2.go", "pkg/cli/cmds/server.go"];

/// The functions that process a key: its name, then the files and functions, as far as a release has them.
const FUNCTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "cni",
        &[("pkg/cli/cmds/server.go", "validateCNI"), ("pkg/cli/cmds/server.go", "disableExceptSelected")],
    ),
    (
        "ingress-controller",
        &[
            ("pkg/cli/cmds/server.go", "validateIngress"),
            ("pkg/bootstrap/bootstrap.go", "getDefaultIngressClassFromCharts"),
        ],
    ),
    (
        "profile",
        &[
            ("pkg/cli/cmds/root.go", "validateProfile"),
            ("pkg/cli/cmds/profile_linux.go", "validateProfile"),
            ("pkg/rke2/rke2.go", "isCISMode"),
        ],
    ),
];

/// A row of `kept/functions.jsonl`: what functions with a certain text do with a key, reviewed by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// The key.
    pub key: String,
    /// The digest of the functions' texts.
    pub digest: String,
    /// A release with these functions, for looking them up.
    pub seen: String,
    /// The default if the key is not set; `None` if it depends on the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The accepted values, if they are in functions instead of lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The deprecated ones of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deprecated: Vec<String>,
}

/// A function whose text has not been reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub key: String,
    pub digest: String,
    pub release: String,
    /// The functions, as `file: name`.
    pub functions: Vec<String>,
}

/// The values that a release accepts; functions that have not been reviewed are added to `unread`.
pub fn read(
    rke2: &Repository,
    tag: &str,
    known: &[Function],
    unread: &mut Vec<Unread>,
) -> Result<Row, RefreshError> {
    let mut facts = BTreeMap::new();
    for (key, functions) in FUNCTIONS {
        let (digest, found) = digest(rke2, tag, functions)?;
        match known.iter().find(|one| one.key == *key && one.digest == digest) {
            Some(fact) => {
                facts.insert(*key, fact);
            }
            None if unread.iter().any(|one| one.key == *key && one.digest == digest) => {}
            None => unread.push(Unread {
                key: (*key).to_owned(),
                digest,
                release: tag.to_owned(),
                functions: found,
            }),
        }
    }
    let items = |name: &str| -> Result<Vec<String>, RefreshError> {
        for path in LISTS {
            let text = rke2.text(tag, path)?;
            if let Some(found) = text.and_then(|text| list(&text, name)) {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    };
    let around = |items: Vec<String>, last: Option<&str>| -> Vec<String> {
        let none = std::iter::once("none".to_owned());
        none.chain(items).chain(last.map(str::to_owned)).collect()
    };
    let ingress = items("IngressItems")?;
    let fact = |key: &str| facts.get(key).copied();
    Ok(Row {
        from: tag.to_owned(),
        disable: items("DisableItems")?,
        cni: around(items("CNIItems")?, Some("multus")),
        cni_default: fact("cni").and_then(|fact| fact.default.clone()).unwrap_or_default(),
        ingress: if ingress.is_empty() { ingress } else { around(ingress, None) },
        ingress_default: fact("ingress-controller").and_then(|fact| fact.default.clone()),
        profile: fact("profile").map(|fact| fact.values.clone()).unwrap_or_default(),
        profile_deprecated: fact("profile").map(|fact| fact.deprecated.clone()).unwrap_or_default(),
    })
}

/// The rows at which something changes, with at least one for each minor.
pub fn steps(rows: Vec<(Release, Row)>) -> Vec<Row> {
    let mut steps: Vec<Row> = Vec::new();
    let mut minor = None;
    for (release, row) in rows {
        let same = steps.last().is_some_and(|last| Row { from: last.from.clone(), ..row.clone() } == *last);
        if !same || minor != Some(release.minor) {
            steps.push(row);
        }
        minor = Some(release.minor);
    }
    steps
}

/// The digest of the texts of some functions, and the names of those that exist.
fn digest(
    rke2: &Repository,
    tag: &str,
    functions: &[(&str, &str)],
) -> Result<(String, Vec<String>), RefreshError> {
    // 64-bit FNV-1a: detects changes, but is not secure against malice.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut found = Vec::new();
    for (path, name) in functions {
        let text = rke2.text(tag, path)?.unwrap_or_default();
        if let Some(text) = function(&text, name) {
            found.push(format!("{path}: {name}"));
            for byte in text.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
    Ok((format!("{hash:016x}"), found))
}
