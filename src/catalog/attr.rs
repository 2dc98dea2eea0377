//! What the catalogue knows about one value path at one chart version. Plain data; produces no findings.

use std::borrow::Cow;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use serde::{Serialize, Serializer};

/// How a value path is known: a set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub(super) u16);

impl Flags {
    /// All keys under it are accepted: a free-form map, or one that is passed on as a whole.
    pub const OPEN: Self = Self(1);
    /// Present in the chart's values.yaml.
    pub const VALUES: Self = Self(1 << 1);
    /// Present in the chart's values.schema.json.
    pub const SCHEMA: Self = Self(1 << 2);
    /// Read by a template.
    pub const READ: Self = Self(1 << 3);
    /// A commented-out key of values.yaml.
    pub const COMMENTED: Self = Self(1 << 4);
    /// A template overwrites it.
    pub const OVERWRITTEN: Self = Self(1 << 5);
    /// The chart tests its type: several types are accepted.
    pub const POLYMORPHIC: Self = Self(1 << 6);
    /// Set by RKE2 through `spec.set`: a `HelmChartConfig` cannot change it.
    pub const INJECTED: Self = Self(1 << 7);
    /// From the schema of a custom resource to which the chart passes the value.
    pub const CRD: Self = Self(1 << 8);
    /// Its keys are arbitrary (pattern or additional properties of a schema).
    pub const FREE_KEYS: Self = Self(1 << 9);
    /// The schema allows no other keys.
    pub const CLOSED: Self = Self(1 << 10);
    /// Read only in a condition that guards a failure.
    pub const GUARD: Self = Self(1 << 11);

    /// An `if` treats any string here as true: `"false"` enables what `false` disables.
    pub const TRUTHY: Self = Self(1 << 12);
    /// A template tests, ranges over or prints the map as a whole, so a key has an effect even if nothing reads it by
    /// name.
    pub const WHOLE: Self = Self(1 << 13);
    /// Open only because not all of its keys are known: a key that no template reads has no effect.
    pub const PARTIAL: Self = Self(1 << 14);

    /// No flag.
    pub const NONE: Self = Self(0);

    /// The names of the flags in the neutral form, in the order of their bits.
    pub(super) const NAMES: [&'static str; 15] = [
        "open",
        "values",
        "schema",
        "read",
        "commented",
        "overwritten",
        "polymorphic",
        "injected",
        "crd",
        "free-keys",
        "closed",
        "guard",
        "truthy",
        "whole",
        "partial",
    ];

    /// Whether all flags of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any flag of `other` is set.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These flags without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names of the flags.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        names(u32::from(self.0), &Self::NAMES)
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The types that a value may have; empty when they are unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Types(pub(super) u8);

impl Types {
    /// `null`.
    pub const NULL: Self = Self(1);
    /// A boolean.
    pub const BOOL: Self = Self(1 << 1);
    /// A whole number.
    pub const INT: Self = Self(1 << 2);
    /// A number with a fraction.
    pub const FLOAT: Self = Self(1 << 3);
    /// A string.
    pub const STRING: Self = Self(1 << 4);
    /// A list.
    pub const LIST: Self = Self(1 << 5);
    /// A map.
    pub const MAP: Self = Self(1 << 6);
    /// Unknown.
    pub const UNKNOWN: Self = Self(0);

    /// The names of the types, in the order of their bits.
    pub(super) const NAMES: [&'static str; 7] = ["null", "bool", "int", "float", "string", "list", "map"];

    /// Whether no type is known.
    pub const fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// Whether all types of `other` are among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any type of `other` is among these.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The names of the types.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        names(u32::from(self.0), &Self::NAMES)
    }
}

impl BitOr for Types {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Types {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unknown() {
            return f.write_str("any");
        }
        for (position, name) in self.names().enumerate() {
            if position > 0 {
                f.write_str(" or ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl Serialize for Types {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

/// Shapes of values with which Helm was observed to fail. Finer than [`Types`], since templates distinguish empty and
/// quoted values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shapes(pub(super) u16);

impl Shapes {
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `false`.
    pub const FALSE: Self = Self(1 << 1);
    /// `true`.
    pub const TRUE: Self = Self(1 << 2);
    /// A number other than zero.
    pub const NUMBER: Self = Self(1 << 3);
    /// A string that is not empty and, without quotes, would not be a boolean or a number.
    pub const TEXT: Self = Self(1 << 4);
    /// `"true"` or `"false"`.
    pub const QUOTED_BOOL: Self = Self(1 << 5);
    /// A quoted number.
    pub const QUOTED_NUMBER: Self = Self(1 << 6);
    /// `[]`.
    pub const EMPTY_LIST: Self = Self(1 << 7);
    /// A list with elements.
    pub const LIST: Self = Self(1 << 8);
    /// A map with keys.
    pub const MAP: Self = Self(1 << 9);
    /// A map with a key that the chart does not have.
    pub const UNKNOWN_KEY: Self = Self(1 << 10);

    /// The names of the shapes in the neutral form, in the order of their bits.
    pub(super) const NAMES: [&'static str; 11] = [
        "null",
        "false",
        "true",
        "number",
        "text",
        "quoted-bool",
        "quoted-number",
        "empty-list",
        "list",
        "map",
        "unknown-key",
    ];

    /// Whether no failure is known.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all shapes of `other` are among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the shapes.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        names(u32::from(self.0), &Self::NAMES)
    }
}

/// The shapes with which Helm fails to render the chart, depending on other values. Empty if this was not tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fails {
    /// Regardless of other values.
    pub always: Shapes,
    /// With the default of all other values, but not with everything disabled.
    pub by_default: Shapes,
    /// Only if the switches of its parents are on.
    pub when_enabled: Shapes,
    /// Only if other parts of the chart are enabled that are disabled by default.
    pub when_on: Shapes,
}

impl Fails {
    /// Whether no failure is known.
    pub fn is_empty(&self) -> bool {
        [self.always, self.by_default, self.when_enabled, self.when_on].iter().all(|shapes| shapes.is_empty())
    }
}

fn names(bits: u32, names: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    names.iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| *name)
}

/// A scalar value: a default, or one of a fixed set.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A string.
    String(Cow<'static, str>),
}

impl Scalar {
    /// Whether a Go template treats the value as true: not null, false, zero or empty.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::String(value) => !value.is_empty(),
        }
    }

    /// The type of this value.
    pub fn types(&self) -> Types {
        match self {
            Self::Null => Types::NULL,
            Self::Bool(_) => Types::BOOL,
            Self::Int(_) => Types::INT,
            Self::Float(_) => Types::FLOAT,
            Self::String(_) => Types::STRING,
        }
    }

    /// The scalar of a JSON value; `None` for lists and maps.
    pub fn from_json(value: &serde_json::Value) -> Option<Self> {
        Some(match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(value) => Self::Int(value),
                None => Self::Float(number.as_f64()?),
            },
            serde_json::Value::String(value) => Self::String(Cow::Owned(value.clone())),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
        })
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::String(value) => write!(f, "{value:?}"),
        }
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
        }
    }
}

/// What is known about one value path at one chart version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attr {
    /// How the path is known.
    pub flags: Flags,
    /// The types of its values.
    pub types: Types,
    /// The scalar default in values.yaml or the schema; defaults that are lists or maps are not recorded.
    pub default: Option<Scalar>,
    /// The only accepted values; empty when there is no such list.
    pub enum_values: Vec<Scalar>,
    /// The shapes that make Helm fail.
    pub fails: Fails,
}

impl Attr {
    /// Whether all keys under it are accepted.
    pub fn is_open(&self) -> bool {
        self.flags.contains(Flags::OPEN)
    }

    /// The default, if the chart has one; an explicit `null` in values.yaml counts.
    pub fn default_value(&self) -> Option<Scalar> {
        self.default.clone().or_else(|| {
            (self.types == Types::NULL && self.flags.contains(Flags::VALUES)).then_some(Scalar::Null)
        })
    }

    /// Whether something uses the value: a template, a custom resource or RKE2 itself.
    pub fn is_read(&self) -> bool {
        self.flags.intersects(Flags::READ | Flags::OPEN | Flags::INJECTED | Flags::CRD)
    }

    /// Whether the key occurs only in comments of values.yaml, so that it may be part of an example whose place was
    /// guessed.
    pub fn is_only_commented(&self) -> bool {
        self.flags == Flags::NONE || self.flags == Flags::COMMENTED
    }

    /// Whether the chart only tests the key in order to fail.
    pub fn is_guard_only(&self) -> bool {
        self.flags.contains(Flags::GUARD) && !self.flags.intersects(Flags::VALUES | Flags::SCHEMA)
    }
}
