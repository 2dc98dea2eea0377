//! Tables of the catalogue over which rules iterate with `rows`. Produces no findings.

use std::borrow::Cow;

use super::language_error::LanguageError;
use crate::catalog::removed_apis;
use crate::cluster::fact::Datum;
use crate::spelling::nearest;

/// A table of the catalogue.
#[derive(Debug)]
pub struct TableDef {
    /// The name that rule files use.
    pub name: &'static str,
    /// The columns in their order.
    pub columns: &'static [&'static str],
    /// A description of its rows.
    pub doc: &'static str,
    /// The rows. Each has a value for every column; an empty cell is null.
    pub rows: fn() -> Vec<Vec<Datum<'static>>>,
}

/// All tables.
pub const TABLES: &[TableDef] = &[TableDef {
    name: "removed-apis",
    columns: &["apiVersion", "kind", "removed in", "served since"],
    doc: "API versions that newer releases of Kubernetes do not serve: the first release without one, such as `1.25`, and what serves the kind since",
    rows: || {
        removed_apis()
            .iter()
            .map(|row| {
                let text = |text: &'static str| Datum::Text(Cow::Borrowed(text));
                vec![
                    text(&row.api),
                    text(&row.kind),
                    Datum::Text(Cow::Owned(format!("1.{}", row.removed))),
                    row.served.as_deref().map_or(Datum::Null, text),
                ]
            })
            .collect()
    },
}];

/// The table with a name.
///
/// # Errors
/// There is no such table. The error suggests the nearest one.
pub fn find(name: &str) -> Result<&'static TableDef, LanguageError> {
    TABLES.iter().find(|table| table.name == name).ok_or_else(|| {
        let known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        match nearest(name, known.iter().copied(), 2) {
            Some(near) => format!("unknown table `{name}`; did you mean `{near}`?").into(),
            None => format!("unknown table `{name}`; expected one of `{}`", known.join("`, `")).into(),
        }
    })
}
