//! Paths of the rule language: `values.a.b`, `config.KEY`, `cluster.cni`.

use std::fmt;

use crate::catalog;

/// A path as a rule writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// What the path starts from.
    pub root: Root,
    /// The steps below it.
    pub steps: Vec<Step>,
}

/// What a path starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// Effective values of the subject chart.
    Values,
    /// Effective values of another chart of the cluster.
    ChartValues(String),
    /// The effective configuration of a server, or of the subject node.
    Config,
    /// The subject document.
    Resource,
    /// The subject registries.yaml.
    Registries,
    /// The subject's file.
    File,
    /// Facts put together from all files.
    Cluster,
    /// Facts about the nodes.
    Host,
    /// The same in the tree before.
    Before(Box<Root>),
}

impl Root {
    /// The root itself, or the one after `before.`.
    pub fn now(&self) -> &Self {
        match self {
            Self::Before(inner) => inner,
            root => root,
        }
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key.
    Key(String),
    /// Every element of a list, or every value of a mapping.
    Every,
    /// One element of a list, by its number: what a wildcard is bound to.
    Index(usize),
    /// One argument out of a component's list.
    Argument(String),
}

/// The facts below `cluster`.
pub const CLUSTER_FACTS: &[&str] =
    &["release", "cni", "multus", "ingress", "charts", "servers", "disabled", "windows"];
/// The facts below `file`.
pub const FILE_FACTS: &[&str] = &["stem", "path", "name"];

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("before.") {
            let Self { root, steps } = Self::parse(rest)?;
            return match root {
                Root::Registries | Root::File | Root::Host | Root::Before(_) => Err(format!(
                    "`{text}`: expected `values`, `chart(NAME).values`, `config`, `resource` or `cluster` after `before`"
                )),
                root => Ok(Self { root: Root::Before(Box::new(root)), steps }),
            };
        }
        let mut parts = split(text)?.into_iter();
        let Some(Step::Key(first)) = parts.next() else {
            return Err(format!("`{text}` does not start with a root such as `values` or `config`"));
        };
        let chart = first.strip_prefix("chart(").and_then(|rest| rest.strip_suffix(')'));
        let root = match (first.as_str(), chart) {
            (_, Some(chart)) => {
                if parts.next() != Some(Step::Key("values".to_owned())) {
                    return Err(format!("`{text}`: expected `.values` after `chart(NAME)`"));
                }
                if !catalog::charts().any(|known| known == chart) {
                    return Err(format!("`{text}`: unknown RKE2 chart `{chart}`"));
                }
                Root::ChartValues(chart.to_owned())
            }
            ("values", _) => Root::Values,
            ("config", _) => Root::Config,
            ("resource", _) => Root::Resource,
            ("registries", _) => Root::Registries,
            ("file", _) => Root::File,
            ("cluster", _) => Root::Cluster,
            ("host", _) => Root::Host,
            (other, _) => {
                return Err(format!(
                    "unknown root `{other}`; expected `values`, `chart(NAME).values`, `config`, `resource`, `registries`, `file`, `cluster` or `host`"
                ));
            }
        };
        let path = Self { root, steps: parts.collect() };
        path.check(text)?;
        Ok(path)
    }

    /// The keys as the user writes them, without the root.
    pub fn key_words(&self) -> String {
        let words = Self { root: Root::Values, steps: self.steps.clone() }.to_string();
        words.strip_prefix("values").map_or(words.clone(), |rest| rest.trim_start_matches('.').to_owned())
    }

    /// The keys, if all steps are keys.
    pub fn plain_keys(&self) -> Option<Vec<&str>> {
        self.steps.iter().map(Step::key).collect()
    }

    /// How many steps come before the first wildcard, if there is one.
    pub fn wildcard(&self) -> Option<usize> {
        self.steps.iter().position(|step| *step == Step::Every)
    }

    fn check(&self, text: &str) -> Result<(), String> {
        let first = match self.steps.first() {
            Some(Step::Key(first)) => first.as_str(),
            Some(Step::Every)
                if matches!(
                    self.root,
                    Root::Values | Root::ChartValues(_) | Root::Resource | Root::Registries
                ) =>
            {
                return Ok(());
            }
            None if matches!(
                self.root,
                Root::Values | Root::ChartValues(_) | Root::Resource | Root::Registries
            ) =>
            {
                return Ok(());
            }
            _ => return Err(format!("`{text}` has nothing after its root")),
        };
        let one_of = |known: &[&str]| {
            if known.contains(&first) && self.steps.len() == 1 {
                Ok(())
            } else {
                Err(format!("unknown path `{text}`; expected one of `{}`", known.join("`, `")))
            }
        };
        match self.root {
            Root::Config if catalog::config_key(first).is_none() => {
                Err(format!("`{text}`: no RKE2 release has the config key `{first}`"))
            }
            Root::Cluster => one_of(CLUSTER_FACTS),
            Root::File => one_of(FILE_FACTS),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut root = &self.root;
        if let Root::Before(inner) = root {
            f.write_str("before.")?;
            root = inner;
        }
        match root {
            // Unreachable: `before.` cannot be nested (see `parse`).
            Root::Before(_) => {}
            Root::Values => f.write_str("values")?,
            Root::ChartValues(chart) => write!(f, "chart({chart}).values")?,
            Root::Config => f.write_str("config")?,
            Root::Resource => f.write_str("resource")?,
            Root::Registries => f.write_str("registries")?,
            Root::File => f.write_str("file")?,
            Root::Cluster => f.write_str("cluster")?,
            Root::Host => f.write_str("host")?,
        }
        for step in &self.steps {
            match step {
                Step::Key(key) if key.contains('.') => write!(f, ".\"{key}\"")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Every => f.write_str("[*]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Argument(name) => write!(f, "[{name}]")?,
            }
        }
        Ok(())
    }
}

/// Splits at dots and brackets; `"…"` keeps a key with dots whole, and so does `(…)` of a chart's name.
fn split(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']').ok_or_else(|| format!("unclosed `[` in `{text}`"))?;
            steps.push(if &after[..end] == "*" {
                Step::Every
            } else {
                Step::Argument(after[..end].to_owned())
            });
            rest = &after[end + 1..];
        } else if let Some(after) = rest.strip_prefix('"') {
            let end = after.find('"').ok_or_else(|| format!("unclosed quote in `{text}`"))?;
            steps.push(Step::Key(after[..end].to_owned()));
            rest = &after[end + 1..];
        } else {
            let mut open = false;
            let end = rest
                .find(|c: char| {
                    open = (open || c == '(') && c != ')';
                    !open && (c == '.' || c == '[')
                })
                .unwrap_or(rest.len());
            let key = &rest[..end];
            if key.is_empty() {
                return Err(format!("empty part in `{text}`"));
            }
            steps.push(if key == "*" { Step::Every } else { Step::Key(key.to_owned()) });
            rest = &rest[end..];
        }
        match rest.strip_prefix('.') {
            Some("") => return Err(format!("`{text}` ends in a dot")),
            Some(after) => rest = after,
            None => {}
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_print_as_they_are_written() {
        for text in [
            "values.a.b",
            "values",
            "chart(rke2-calico).values.installation.calicoNetwork.mtu",
            "config.cni",
            "config.kube-apiserver-arg[service-cluster-ip-range]",
            "registries.mirrors[*].endpoint[*]",
            "values.podAnnotations.\"prometheus.io/scrape\"",
            "cluster.cni",
            "file.stem",
            "host.kernel",
            "before.cluster.cni",
            "before.chart(rke2-canal).values.flannel.backend",
        ] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Path::parse("registries.mirrors.*.endpoint").unwrap().wildcard(), Some(1));
    }

    #[test]
    fn what_cannot_exist_is_an_error() {
        for text in [
            "",
            "vlaues.a",
            "config.no-such-key",
            "cluster.nothing",
            "chart(nginx).values.a",
            "values.",
            "a[",
            "config",
            "before.host.kernel",
            "before.before.cluster.cni",
        ] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
