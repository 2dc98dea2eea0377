//! Describes the types into which Kubernetes decodes a document, and finds what does not fit. Produces no findings.

use crate::rule::Draft;
use crate::source::Span;
use crate::spelling::nearest;
use crate::yaml::{Entry, Kind, NodeRef, Value, template_mark};

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Anything; left to other checks.
    Any,
    /// A scalar of any type, whose text another check compares.
    Word,
    Text,
    Bool,
    List(&'static Self),
    /// A mapping with these fields only.
    Fields(&'static [(&'static str, Self)]),
}

/// A part of a document that does not fit its type.
#[derive(Debug)]
pub(super) struct Misfit<'a> {
    /// The place.
    pub at: Span,
    /// The path of the field, with dots.
    pub path: String,
    /// The kind of misfit.
    pub fault: Fault<'a>,
}

/// A kind of misfit.
#[derive(Debug)]
pub(super) enum Fault<'a> {
    /// The type has no such field. `near` is the field that was probably meant.
    Unknown { near: Option<&'static str>, fields: Vec<&'static str> },
    /// A value of another type.
    Type { wanted: Shape, node: NodeRef<'a> },
}

impl Shape {
    /// A list of strings.
    pub const TEXTS: Self = Self::List(&Self::Text);
    /// A list of scalars (see [`Shape::Word`]).
    pub const WORDS: Self = Self::List(&Self::Word);

    /// The misfits in a value. Null and template placeholders fit everywhere.
    pub fn misfits<'a>(&self, node: NodeRef<'a>) -> Vec<Misfit<'a>> {
        let mut found = Vec::new();
        self.collect(node, "", &mut found);
        found
    }

    fn collect<'a>(&self, node: NodeRef<'a>, path: &str, found: &mut Vec<Misfit<'a>>) {
        if node.is_null() || node.is_opaque() || node.text().is_some_and(|text| template_mark(text).is_some())
        {
            return;
        }
        let fits = match self {
            Self::Any => true,
            Self::Word => node.kind() == Kind::Scalar,
            Self::Text => matches!(node.value(), Some(Value::Str(_))),
            Self::Bool => matches!(node.value(), Some(Value::Bool(_))),
            Self::List(_) => node.kind() == Kind::Sequence,
            Self::Fields(_) => node.kind() == Kind::Mapping,
        };
        if !fits {
            let fault = Fault::Type { wanted: *self, node };
            found.push(Misfit { at: node.span(), path: path.to_owned(), fault });
            return;
        }
        match self {
            Self::List(each) => {
                for (index, item) in node.items().enumerate() {
                    each.collect(item, &format!("{path}[{index}]"), found);
                }
            }
            Self::Fields(fields) => {
                for entry in node.fields().into_iter().filter(|entry| entry.key.kind() == Kind::Scalar) {
                    Self::field(fields, entry, path, found);
                }
            }
            _ => {}
        }
    }

    fn field<'a>(fields: &[(&'static str, Self)], entry: Entry<'a>, path: &str, found: &mut Vec<Misfit<'a>>) {
        let name = entry.name();
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        if let Some((_, shape)) = fields.iter().find(|(field, _)| *field == name) {
            shape.collect(entry.value, &path, found);
        } else if template_mark(&name).is_none() {
            let names = || fields.iter().map(|(field, _)| *field);
            let near = nearest(&name, names(), 3);
            let fault = Fault::Unknown { near, fields: names().collect() };
            found.push(Misfit { at: entry.key.span(), path, fault });
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Word | Self::Text => "a string",
            Self::Bool => "`true` or `false` without quotes",
            Self::List(_) => "a list",
            Self::Fields(_) => "a map",
        }
    }
}

impl Misfit<'_> {
    /// The finding, with the consequence of the misfit.
    pub fn draft(&self, follows: &str) -> Draft {
        Draft::new(self.at, format!("{}; {follows}", self.problem())).help(self.help())
    }

    /// The fact, without its consequence.
    fn problem(&self) -> String {
        match &self.fault {
            Fault::Unknown { .. } => format!("unknown field `{}`", self.path),
            Fault::Type { wanted: Shape::List(_), .. } => format!("`{}` is not a list", self.path),
            Fault::Type { wanted, node } => {
                let found = match node.kind() {
                    Kind::Mapping => "a map".to_owned(),
                    Kind::Sequence => "a list".to_owned(),
                    Kind::Scalar => format!("`{}`", node.text().unwrap_or_default()),
                };
                format!("`{}`: expected {}, found {found}", self.path, wanted.name())
            }
        }
    }

    /// What to do about it.
    fn help(&self) -> String {
        let last = self.path.rsplit('.').next().unwrap_or_default();
        match &self.fault {
            Fault::Unknown { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Fault::Unknown { fields, .. } => format!("use one of `{}`", fields.join("`, `")),
            Fault::Type { wanted: Shape::List(_), node } => match node.text() {
                Some(text) => format!("write `{last}: [{text}]`"),
                None => format!("write `{last}` as a list"),
            },
            Fault::Type { wanted, node } => {
                // Items of a list have no key.
                let key = if last.ends_with(']') { String::new() } else { format!("{last}: ") };
                match wanted {
                    Shape::Bool => format!("write `{key}true` or `{key}false` without quotes"),
                    Shape::Fields([(first, _), ..]) => format!("write `{key}{{{first}: …}}`"),
                    _ => {
                        let text = node.text().or_else(|| node.items().next()?.text()).unwrap_or("VALUE");
                        format!("write `{key}\"{text}\"` with quotes")
                    }
                }
            }
        }
    }
}
