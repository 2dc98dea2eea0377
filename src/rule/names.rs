//! Names that `for-each`, `let` and quantifiers bind: slots at compile time, bindings at run time.

use std::cell::{Cell, RefCell};
use std::fmt;

use super::language_error::LanguageError;
use super::path::{Path, Step};
use crate::cluster::charts::Manifest;
use crate::cluster::fact::{Datum, Fact};
use crate::cluster::host::Host;
use crate::cluster::server::NodeConfig;
use crate::rke2::file::RkeFile;
use crate::rke2::object::Object;
use crate::spelling::nearest;
use crate::yaml::NodeRef;

/// The index of a name within its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(pub usize);

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is known at compile time about the thing to which a name is bound.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// One of these scalars.
    OneOf(Vec<Datum<'static>>),
    /// One of these dotted paths.
    Keys(Vec<String>),
    /// An element of the collection at a path.
    Element(Path),
    /// A comma-separated part of a value.
    Part,
    /// An argument for a component.
    Argument,
    /// A computed value.
    Computed,
    /// A node's configuration.
    Node,
    /// An object of a manifest.
    Object,
    /// Facts about a machine.
    Host,
    /// A registries.yaml.
    Registries,
}

#[derive(Debug)]
struct Name {
    text: String,
    meaning: Meaning,
    used: Cell<bool>,
}

/// The names of a rule in the order in which they are bound.
#[derive(Debug, Default)]
pub struct Names {
    list: RefCell<Vec<Name>>,
}

impl Names {
    /// Adds a name. The empty name is for binders that the compiler adds, since a rule file cannot refer to it.
    pub fn add(&self, name: &str, meaning: Meaning) -> Slot {
        let mut list = self.list.borrow_mut();
        list.push(Name { text: name.to_owned(), meaning, used: Cell::new(false) });
        Slot(list.len() - 1)
    }

    /// The slot of a name.
    ///
    /// # Errors
    /// No such name is bound. The error suggests the nearest one.
    pub fn find(&self, name: &str) -> Result<Slot, LanguageError> {
        let list = self.list.borrow();
        if let Some(slot) = list.iter().rposition(|known| known.text == name && !name.is_empty()) {
            list[slot].used.set(true);
            return Ok(Slot(slot));
        }
        let known = || list.iter().map(|known| known.text.as_str()).filter(|known| !known.is_empty());
        Err(match nearest(name, known(), 2) {
            Some(near) => format!("unknown name `${name}`; did you mean `${near}`?"),
            None if known().next().is_none() => {
                format!("unknown name `${name}`; bind it in `for-each` or `let`")
            }
            None => {
                format!(
                    "unknown name `${name}`; expected one of `${}`",
                    known().collect::<Vec<_>>().join("`, `$")
                )
            }
        }
        .into())
    }

    /// Whether a name is bound already.
    pub fn is_bound(&self, name: &str) -> bool {
        self.list.borrow().iter().any(|known| known.text == name && !name.is_empty())
    }

    /// Whether `#key` and `#index` exist for a name.
    pub fn has_key(&self, slot: Slot) -> bool {
        matches!(self.meaning(slot), Some(Meaning::Element(_) | Meaning::Part | Meaning::Argument))
    }

    /// The compile-time meaning of a name.
    pub fn meaning(&self, slot: Slot) -> Option<Meaning> {
        self.list.borrow().get(slot.0).map(|name| name.meaning.clone())
    }

    /// The number of names.
    pub fn len(&self) -> usize {
        self.list.borrow().len()
    }

    /// The first name that is never used.
    pub fn unused(&self) -> Option<String> {
        let list = self.list.borrow();
        list.iter().find(|name| !name.used.get() && !name.text.is_empty()).map(|name| name.text.clone())
    }
}

/// The binding of a name at run time.
#[derive(Clone, Debug)]
pub enum Bound<'c, 'a> {
    /// A value.
    Value(Fact<'a>),
    /// Keys of a dotted path.
    Keys(String, Vec<Step>),
    /// An element, by the path that leads to it.
    Element {
        /// The path, without names.
        path: Path,
        /// Its index among the elements.
        index: usize,
    },
    /// An element of a derived list, kept by value because a path would derive the whole list again.
    Item {
        /// The element.
        fact: Fact<'a>,
        /// Its index among the elements.
        index: usize,
    },
    /// A comma-separated part of a value, or a component argument.
    Piece {
        /// The text with its place.
        fact: Fact<'a>,
        /// Its fields by name; only arguments have any.
        fields: Vec<(&'static str, Datum<'a>)>,
        /// The node that contains it.
        node: NodeRef<'a>,
        /// Its index among the pieces.
        index: usize,
    },
    /// A node's configuration.
    Node(&'c NodeConfig<'a>),
    /// An object with its manifest.
    Object(Object<'a>, &'c Manifest<'a>),
    /// Facts about a machine.
    Host(&'c Host<'a>),
    /// A registries.yaml.
    Registries(&'a RkeFile),
}
