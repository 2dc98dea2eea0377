//! Abstract values for the abstract interpretation of templates; recording reads is the job of `walk`.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::chart::ANY;

/// Longer paths are not followed.
const DEEPEST: usize = 24;

/// Fields of the root context. Hardly any chart value has one of these names.
const ROOT_FIELDS: &[&str] =
    &["Values", "Release", "Chart", "Capabilities", "Template", "Files", "Subcharts"];

/// All things that an expression may evaluate to; empty when it is not part of the values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Abstract(pub(super) BTreeSet<Thing>);

/// One thing that an expression may evaluate to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// The initial context of a chart's templates: `.Values`, `.Release` and so on.
    Root,
    /// A path in the chart's values.
    Place(Vec<String>),
    /// `.Files`, or contents of files that cannot be followed.
    Files,
    /// The text of a file of the chart, by its path in the chart.
    File(String),
    /// `.Subcharts`.
    Subcharts,
    /// A known string.
    Text(String),
    /// A map that the template creates.
    Dict(BTreeMap<String, Abstract>),
    /// A list that the template creates, with all elements combined.
    List(Abstract),
    /// A list with separate elements, such as the arguments of a helper.
    Tuple(Vec<Abstract>),
}

impl Abstract {
    pub(super) fn root() -> Self {
        Self::from(Thing::Root)
    }

    pub(super) fn nothing() -> Self {
        Self::default()
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn union(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The total number of things, including those in maps and lists. Stops counting soon after `most`.
    pub(super) fn size(&self, most: usize) -> usize {
        let mut size = 0;
        for thing in &self.0 {
            size += 1;
            if size > most {
                break;
            }
            match thing {
                Thing::Dict(entries) => {
                    for value in entries.values() {
                        size += value.size(most.saturating_sub(size));
                    }
                }
                Thing::List(elements) => size += elements.size(most.saturating_sub(size)),
                Thing::Tuple(elements) => {
                    for element in elements {
                        size += element.size(most.saturating_sub(size));
                    }
                }
                _ => {}
            }
        }
        size
    }

    /// The possible strings; `None` when it may be something other than a string.
    pub(super) fn texts(&self) -> Option<Vec<&str>> {
        let text = |thing: &'_ Thing| matches!(thing, Thing::Text(_));
        if self.is_nothing() || !self.0.iter().all(text) {
            return None;
        }
        let texts = self.0.iter().filter_map(|thing| match thing {
            Thing::Text(text) => Some(text.as_str()),
            _ => None,
        });
        Some(texts.collect())
    }

    /// The value under a key, for all things that have keys.
    pub(super) fn field(&self, name: &str) -> Self {
        // The root may be one of several things, for example in a list passed to a helper. Fields that only the root
        // has are then taken from the root.
        if ROOT_FIELDS.contains(&name) && self.0.contains(&Thing::Root) {
            return Thing::Root.field(name);
        }
        self.0.iter().fold(Self::nothing(), |found, thing| found.union(thing.field(name)))
    }

    /// The same things, without the positions of list elements.
    pub(super) fn shuffled(self) -> Self {
        let things = self.0.into_iter().map(|thing| match thing {
            Thing::Tuple(_) => Thing::List(Self::from(thing).any_field()),
            other => other,
        });
        Self(things.collect())
    }

    /// The value under a key that is known only at run time.
    pub(super) fn any_field(&self) -> Self {
        self.0.iter().fold(Self::nothing(), |found, thing| {
            found.union(match thing {
                Thing::Dict(entries) => entries.values().cloned().fold(Self::nothing(), Self::union),
                Thing::List(elements) => elements.clone(),
                Thing::Tuple(elements) => elements.iter().cloned().fold(Self::nothing(), Self::union),
                Thing::Place(_) => thing.field(ANY),
                Thing::Files | Thing::Subcharts => Self::from(thing.clone()),
                Thing::Root | Thing::Text(_) | Thing::File(_) => Self::nothing(),
            })
        })
    }
}

impl From<Thing> for Abstract {
    fn from(thing: Thing) -> Self {
        Self(BTreeSet::from([thing]))
    }
}

impl Thing {
    fn field(&self, name: &str) -> Abstract {
        match self {
            Self::Root => match name {
                "Values" => Abstract::from(Self::Place(Vec::new())),
                "Files" => Abstract::from(Self::Files),
                "Subcharts" => Abstract::from(Self::Subcharts),
                _ => Abstract::nothing(),
            },
            // A map of values is usually merged with the root so that `.Values` is available: it means all values.
            Self::Place(path) if !path.is_empty() && name == "Values" => {
                Abstract::from(Self::Place(Vec::new()))
            }
            // `.Values.AsMap` returns the values unchanged.
            Self::Place(path) if path.is_empty() && name == "AsMap" => Abstract::from(self.clone()),
            Self::Place(path) if path.len() < DEEPEST => {
                let mut path = path.clone();
                path.push(name.to_owned());
                Abstract::from(Self::Place(path))
            }
            Self::Place(_) | Self::Files | Self::Subcharts => Abstract::from(self.clone()),
            Self::Dict(entries) => {
                let entry = entries.get(name).cloned().unwrap_or_default();
                entry.union(entries.get(ANY).cloned().unwrap_or_default())
            }
            Self::Tuple(elements) => {
                let index = name.parse::<usize>().ok();
                index.and_then(|index| elements.get(index)).cloned().unwrap_or_default()
            }
            Self::Text(_) | Self::List(_) | Self::File(_) => Abstract::nothing(),
        }
    }
}
