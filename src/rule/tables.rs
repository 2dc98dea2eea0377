//! Tables of the catalogue that rules bind with `rows`. Produces no findings.

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
    /// What its columns are, in their order.
    pub columns: &'static [&'static str],
    /// What its rows are.
    pub doc: &'static str,
    /// The rows; each has all columns, null where one is empty.
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
/// There is none; with the nearest one.
pub fn find(name: &str) -> Result<&'static TableDef, LanguageError> {
    TABLES.iter().find(|table| table.name == name).ok_or_else(|| {
        let known: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        match nearest(name, known.iter().copied(), 2) {
            Some(near) => format!("unknown table `{name}`; did you mean `{near}`?").into(),
            None => format!("unknown table `{name}`; expected one of `{}`", known.join("`, `")).into(),
        }
    })
}
