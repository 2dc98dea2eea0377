//! Abstract values for the abstract interpretation of templates; recording reads is the job of `walk`.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::chart::ANY;

/// Paths deeper than this are not followed.
const DEEPEST: usize = 24;

/// What the root has by its nature, and hardly a value is called.
const ROOT_FIELDS: &[&str] =
    &["Values", "Release", "Chart", "Capabilities", "Template", "Files", "Subcharts"];

/// All things an expression may stand for; nothing when it is not part of the values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Abstract(pub(super) BTreeSet<Thing>);

/// One thing an expression may stand for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// The context a chart's template starts with: `.Values`, `.Release` and so on.
    Root,
    /// A place in the chart's values.
    Place(Vec<String>),
    /// `.Files`, and what is read from them out of sight.
    Files,
    /// The text of a file of the chart, by its path in the chart.
    File(String),
    /// `.Subcharts`.
    Subcharts,
    /// A known text.
    Text(String),
    /// A map that the template makes.
    Dict(BTreeMap<String, Abstract>),
    /// A list that the template makes; its elements as one.
    List(Abstract),
    /// A list that the template writes down, element by element: the arguments of a helper.
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

    /// How many things there are in all, those in maps and lists included; counting ends soon after `most`.
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

    /// The texts this may be; `None` when it may be something else.
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

    /// The value under a key, for each thing that has keys.
    pub(super) fn field(&self, name: &str) -> Self {
        // The root among others, in a list that a helper was given: what only the root has is taken from the root.
        if ROOT_FIELDS.contains(&name) && self.0.contains(&Thing::Root) {
            return Thing::Root.field(name);
        }
        self.0.iter().fold(Self::nothing(), |found, thing| found.union(thing.field(name)))
    }

    /// The same, where elements of lists are no longer where they were.
    pub(super) fn shuffled(self) -> Self {
        let things = self.0.into_iter().map(|thing| match thing {
            Thing::Tuple(_) => Thing::List(Self::from(thing).any_field()),
            other => other,
        });
        Self(things.collect())
    }

    /// The value under a key that is only known at run time.
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
            // What a map of the values is merged with the root for: `.Values` is all values there.
            Self::Place(path) if !path.is_empty() && name == "Values" => {
                Abstract::from(Self::Place(Vec::new()))
            }
            // `.Values.AsMap` is the values again.
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
