//! Paths of the rule language: `values.a.b`, `config.KEY`, `cluster.cni`, `$name.field`.

use std::fmt;

use super::facts::{self, FactDef};
use super::language_error::LanguageError;
use super::names::{Names, Slot};
use crate::catalog;
use crate::spelling::nearest;

/// A path as written in a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The root.
    pub root: Root,
    /// The steps under the root.
    pub steps: Vec<Step>,
}

/// The root of a path.
#[derive(Clone, Debug, PartialEq)]
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
    /// Facts about the nodes.
    Host,
    /// A derived fact, with its argument where it takes one.
    Fact(&'static FactDef, String),
    /// The thing to which a name is bound.
    Name(Slot),
    /// The key of the element to which a name is bound.
    KeyOf(Slot),
    /// The index of the element to which a name is bound.
    IndexOf(Slot),
    /// Another root, evaluated in the previous tree.
    Before(Box<Root>),
    /// Another root, restricted to what the files in view set.
    Written(Box<Root>),
}

impl Root {
    /// The root itself, or the one after `before.` or `written.`.
    pub fn plain(&self) -> &Self {
        match self {
            Self::Before(inner) | Self::Written(inner) => inner,
            root => root,
        }
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A key.
    Key(String),
    /// Every element of a list, or every value of a mapping.
    Every,
    /// One element of a list, by its number.
    Index(usize),
    /// An argument in a component's list, by name.
    Argument(String),
    /// The key or keys to which a name is bound.
    Name(Slot),
    /// The argument to which a name is bound.
    ArgumentOf(Slot),
}

impl Step {
    /// The key, if the step is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            _ => None,
        }
    }
}

/// The roots other than derived facts, and their descriptions. Used by the documentation.
pub const ROOTS: &[(&str, &str)] = &[
    (
        "values.KEY…",
        "effective values of the subject chart: the user's values merged over the release's defaults",
    ),
    ("chart(NAME).values.KEY…", "effective values of another packaged chart of the cluster"),
    ("config.KEY", "config.yaml with its drop-ins: of the subject node, or else of a server"),
    ("config.LIST[NAME]", "the value of one argument in a component's list, such as `config.kubelet-arg[v]`"),
    ("resource.KEY…", "the subject document as written"),
    ("registries.KEY…", "the subject registries.yaml"),
    ("host.FACT", "a fact about a node (see hosts.md)"),
    (
        "$NAME",
        "a name bound by `for-each` or `let`; `$NAME.field` is under it, `$NAME.#key` and `$NAME.#index` are its key and index",
    ),
    (
        "before.PATH",
        "the same path in the previous tree (`check --since`): `values`, `chart(…)`, `config`, `resource` or `cluster`",
    ),
    (
        "written.PATH",
        "what the files in view set for `values`, `chart(…)` or `config`, without defaults; absent if not set",
    ),
];

const OPEN_ROOTS: [(&str, Root); 5] = [
    ("values", Root::Values),
    ("config", Root::Config),
    ("resource", Root::Resource),
    ("registries", Root::Registries),
    ("host", Root::Host),
];

impl Path {
    /// Parses a path without names.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, LanguageError> {
        Self::parse_with(text, &Names::default())
    }

    /// Parses a path with the names that are bound where it is written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_with(text: &str, names: &Names) -> Result<Self, LanguageError> {
        if let Some(rest) = text.strip_prefix("before.") {
            let Self { root, steps } = Self::parse_with(rest, names)?;
            let is_cluster = matches!(&root, Root::Fact(fact, _) if fact.path.starts_with("cluster."));
            return match root {
                Root::Values | Root::ChartValues(_) | Root::Config | Root::Resource => {
                    Ok(Self { root: Root::Before(Box::new(root)), steps })
                }
                root if is_cluster => Ok(Self { root: Root::Before(Box::new(root)), steps }),
                _ => Err(format!(
                    "`{text}`: expected `values`, `chart(NAME).values`, `config`, `resource` or `cluster` after `before`"
                ).into()),
            };
        }
        if let Some(rest) = text.strip_prefix("written.") {
            let Self { root, steps } = Self::parse_with(rest, names)?;
            return match root {
                Root::Values | Root::ChartValues(_) | Root::Config => {
                    Ok(Self { root: Root::Written(Box::new(root)), steps })
                }
                _ => Err(format!(
                    "`{text}`: expected `values`, `chart(NAME).values` or `config` after `written`"
                )
                .into()),
            };
        }
        if let Some(rest) = text.strip_prefix('$') {
            return bound(text, rest, names);
        }
        let mut parts = split(text, names)?.into_iter();
        let Some(Step::Key(first)) = parts.next() else {
            return Err(format!("`{text}` does not start with a root such as `values` or `config`").into());
        };
        let root = if let Some(chart) = first.strip_prefix("chart(").and_then(|rest| rest.strip_suffix(')')) {
            if parts.next() != Some(Step::Key("values".to_owned())) {
                return Err(format!("`{text}`: expected `.values` after `chart(NAME)`").into());
            }
            if !catalog::charts().any(|known| known == chart) {
                return Err(format!("`{text}`: unknown RKE2 chart `{chart}`").into());
            }
            Root::ChartValues(chart.to_owned())
        } else if let Some((_, root)) = OPEN_ROOTS.iter().find(|(name, _)| *name == first) {
            root.clone()
        } else {
            let rest: Vec<Step> = parts.collect();
            let keys: Vec<String> = rest.iter().map_while(|step| step.key().map(str::to_owned)).collect();
            if keys.is_empty() && facts::roots().any(|root| root == first) {
                return Err(format!("`{text}` has nothing after its root").into());
            }
            let (fact, argument, used) = facts::find(text, &first, &keys)?;
            let path = Self { root: Root::Fact(fact, argument), steps: rest[used..].to_vec() };
            return path.check(text).map(|()| path);
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

    /// The index of the first wildcard among the steps.
    pub fn wildcard(&self) -> Option<usize> {
        self.steps.iter().position(|step| *step == Step::Every)
    }

    /// Whether it uses any name.
    pub fn has_names(&self) -> bool {
        matches!(self.root, Root::Name(_) | Root::KeyOf(_) | Root::IndexOf(_))
            || self.steps.iter().any(|step| matches!(step, Step::Name(_) | Step::ArgumentOf(_)))
    }

    /// The names that it uses.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let root = match self.root {
            Root::Name(slot) | Root::KeyOf(slot) | Root::IndexOf(slot) => Some(slot),
            _ => None,
        };
        let steps = self.steps.iter().filter_map(|step| match step {
            Step::Name(slot) | Step::ArgumentOf(slot) => Some(*slot),
            _ => None,
        });
        root.into_iter().chain(steps)
    }

    fn check(&self, text: &str) -> Result<(), LanguageError> {
        let whole = matches!(
            self.root,
            Root::Values | Root::ChartValues(_) | Root::Resource | Root::Registries | Root::Fact(..)
        );
        match self.steps.first() {
            Some(Step::Key(first)) if self.root == Root::Config && catalog::config_key(first).is_none() => {
                let near = nearest(first, catalog::config_keys().iter().map(|key| key.name.as_str()), 2);
                let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Err(format!("`{text}`: no RKE2 release has the config key `{first}`{near}").into())
            }
            Some(Step::Key(_) | Step::Name(_)) => Ok(()),
            _ if whole => Ok(()),
            _ => Err(format!("`{text}` has nothing after its root").into()),
        }
    }
}

/// A path that starts with a name: `$name`, `$name.field`, `$name.#key`.
fn bound(text: &str, rest: &str, names: &Names) -> Result<Path, LanguageError> {
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let slot = names.find(&rest[..end]).map_err(|error| format!("`{text}`: {error}"))?;
    let below = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
    let root = match below {
        "#key" => Root::KeyOf(slot),
        "#index" => Root::IndexOf(slot),
        _ => return Ok(Path { root: Root::Name(slot), steps: split(below, names)? }),
    };
    if names.has_key(slot) {
        Ok(Path { root, steps: Vec::new() })
    } else {
        Err(format!("`{text}`: only what `each`, `parts` and `arguments` bind has an index").into())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)?;
        for step in &self.steps {
            match step {
                Step::Key(key) if key.contains('.') => write!(f, ".\"{key}\"")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Every => f.write_str("[*]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Argument(name) => write!(f, "[{name}]")?,
                Step::Name(slot) => write!(f, ".${slot}")?,
                Step::ArgumentOf(slot) => write!(f, "[${slot}]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(inner) => write!(f, "before.{inner}"),
            Self::Written(inner) => write!(f, "written.{inner}"),
            Self::Values => f.write_str("values"),
            Self::ChartValues(chart) => write!(f, "chart({chart}).values"),
            Self::Config => f.write_str("config"),
            Self::Resource => f.write_str("resource"),
            Self::Registries => f.write_str("registries"),
            Self::Host => f.write_str("host"),
            Self::Fact(fact, argument) if fact.argument.is_some() => write!(f, "{}({argument})", fact.path),
            Self::Fact(fact, _) => f.write_str(fact.path),
            Self::Name(slot) => write!(f, "${slot}"),
            Self::KeyOf(slot) => write!(f, "${slot}.#key"),
            Self::IndexOf(slot) => write!(f, "${slot}.#index"),
        }
    }
}

/// Splits at dots and brackets, but not within `"…"` or `(…)`. `$name` becomes a step bound by name.
fn split(text: &str, names: &Names) -> Result<Vec<Step>, LanguageError> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']').ok_or_else(|| format!("unclosed `[` in `{text}`"))?;
            steps.push(match (&after[..end], after[..end].strip_prefix('$')) {
                ("*", _) => Step::Every,
                (_, Some(name)) => Step::ArgumentOf(names.find(name)?),
                (name, None) => Step::Argument(name.to_owned()),
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
                return Err(format!("empty part in `{text}`").into());
            }
            steps.push(match key.strip_prefix('$') {
                Some(name) => Step::Name(names.find(name)?),
                None if key == "*" => Step::Every,
                None => Step::Key(key.to_owned()),
            });
            rest = &rest[end..];
        }
        match rest.strip_prefix('.') {
            Some("") => return Err(format!("`{text}` ends in a dot").into()),
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
            "written.values.a.b",
            "written.config.server",
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
            "before.file.stem",
            "written.cluster.cni",
            "cluster.cnii",
            "$nothing",
            "config.$nothing",
            "before.before.cluster.cni",
        ] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
