//! Formats a value for a trace: what it is and where it comes from. Secrets are hidden.

use super::super::context::Context;
use super::super::expr::Expr;
use super::super::names::Slot;
use super::super::path::{Path, Root, Step};
use super::Locate;
use crate::cluster::fact::{Datum, Fact};
use crate::rke2::secret::{is_secret_key, is_secret_name};

/// The maximum number of characters of a value that are shown.
const WIDTH: usize = 60;

/// The names of a rule as written.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The names by slot.
    pub(super) names: Vec<Option<String>>,
    /// The slots that are bound to secrets.
    pub(super) secret: Vec<Slot>,
}

impl Shown {
    /// An operand as written in the rule file.
    pub(super) fn expr(&self, expr: &Expr) -> String {
        self.named(&expr.to_string())
    }

    /// A path as written in the rule file.
    fn named(&self, text: &str) -> String {
        let mut pieces = text.split('$');
        let mut words = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
            let name = piece[..end].parse().ok().and_then(|slot: usize| self.names.get(slot)?.as_deref());
            match name {
                Some(name) => words.push_str(name),
                None => words.push_str("element"),
            }
            words.push_str(&piece[end..]);
        }
        words
    }

    /// Whether the value of an operand may be a secret.
    pub(super) fn is_secret(&self, expr: &Expr, context: &Context<'_, '_>) -> bool {
        expr.paths().into_iter().any(|path| self.is_secret_path(path, context))
    }

    /// Whether a path may lead to a secret, either as written or with its names substituted.
    pub(super) fn is_secret_path(&self, path: &Path, context: &Context<'_, '_>) -> bool {
        let is_key = |step: &Step| step.key().is_some_and(|key| is_secret_key(key) || is_secret_name(key));
        matches!(path.root, Root::Name(slot) if self.secret.contains(&slot))
            || path.steps.iter().any(is_key)
            || context.resolve(path).is_some_and(|path| path.steps.iter().any(is_key))
    }

    /// Formats the value of an operand: `config.profile = cis, config.yaml:3`.
    pub(super) fn operand(&self, expr: &Expr, context: &Context<'_, '_>, locate: &Locate<'_>) -> String {
        let name = self.expr(expr);
        let fact = context.eval(expr);
        let value = Self::fact(&fact, self.is_secret(expr, context), locate);
        match (&fact, expr.path()) {
            (Fact::Unknown, Some(path)) => match unknown(path, context) {
                Some(reason) => format!("{name} {value}: {reason}"),
                None => format!("{name} {value}"),
            },
            (Fact::Known(found), Some(path)) if found.at.is_none() => match origin(path, context) {
                Some(origin) => format!("{name} {value}, {origin}"),
                None => format!("{name} {value}"),
            },
            _ => format!("{name} {value}"),
        }
    }

    /// Formats a fact: `= cis, config.yaml:3`, `is absent` or `is unknown`.
    pub(super) fn fact(fact: &Fact<'_>, is_secret: bool, locate: &Locate<'_>) -> String {
        match fact {
            Fact::Known(found) => {
                // Only the keys of a map are shown, and a boolean is not a secret.
                let is_hidden =
                    is_secret && !matches!(found.value, Datum::Map(_) | Datum::Bool(_) | Datum::Null);
                let value = if is_hidden { "(hidden)".to_owned() } else { words(&found.value) };
                match found.at {
                    Some(at) => format!("= {value}, {}", locate(at)),
                    None => format!("= {value}"),
                }
            }
            Fact::Absent(Some(near)) => format!("is absent, next to {}", locate(*near)),
            Fact::Absent(None) => "is absent".to_owned(),
            Fact::Unknown => "is unknown".to_owned(),
        }
    }
}

/// A value in one line.
pub(super) fn words(value: &Datum<'_>) -> String {
    let text = match value {
        Datum::Map(entries) => {
            let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_ref()).collect();
            format!("{{{}}}", names.join(", "))
        }
        Datum::List(items) => {
            let items: Vec<String> = items.iter().map(|item| words(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Datum::Text(text) => {
            format!("`{}`", text.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\""))
        }
        value => format!("`{value}`"),
    };
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The origin of a value that no file in view sets.
fn origin(path: &Path, context: &Context<'_, '_>) -> Option<String> {
    Some(match path.root.plain() {
        Root::Values | Root::ChartValues(_) => "default of the chart".to_owned(),
        Root::Config => format!("default of RKE2 {}", context.cluster.target),
        Root::Fact(..) => "derived".to_owned(),
        Root::Host => "host facts".to_owned(),
        _ => return None,
    })
}

/// Why a path is unknown.
fn unknown(path: &Path, context: &Context<'_, '_>) -> Option<&'static str> {
    if matches!(path.root, Root::Before(_)) && context.before.is_none() {
        return Some("no previous tree is given");
    }
    match path.root.plain() {
        Root::Host if context.host.is_none() => Some("no host facts are given"),
        Root::Config => {
            let (Some(node), Some(Step::Key(key))) = (context.node(), path.steps.first()) else {
                return Some("no server's configuration is in view");
            };
            Some(match node.setting(key) {
                Some(_) => "a template or a script fills it in",
                None if node.main.is_none() => "the main file of the configuration is not in view",
                None if node.joins() => "the server that it joins may set it",
                None if node.is_completed_elsewhere => "drop-ins elsewhere in the tree may set it",
                None => "the template or script that generates the file may set it",
            })
        }
        Root::Values | Root::ChartValues(_) => Some(if context.entry_of(path).is_some() {
            "a template or a script fills it in"
        } else {
            "the releases that count differ, or a file that is not in view may set it"
        }),
        Root::Name(slot) if context.bound(*slot).is_none() => Some("the name is unbound"),
        _ => None,
    }
}
