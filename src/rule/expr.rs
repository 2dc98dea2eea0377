//! Operands of conditions and placeholders: a path, a scalar, or a function of these.

use std::fmt;

use super::functions::{self, Function};
use super::language_error::LanguageError;
use super::names::Names;
use super::path::Path;
use crate::cluster::fact::Datum;

/// An operand.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// The value at a path.
    Path(Path),
    /// A scalar.
    Value(Datum<'static>),
    /// A function of other operands.
    Call(&'static Function, Vec<Expr>),
}

impl Expr {
    /// Parses a path or a call such as `join(config.cni, ', ')`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, names: &Names) -> Result<Self, LanguageError> {
        let text = text.trim();
        if let Some((name, arguments)) = call(text) {
            let function = functions::find(name)?;
            let arguments = split(arguments, text)?;
            let arguments = arguments
                .into_iter()
                .map(|argument| Self::argument(argument, names))
                .collect::<Result<Vec<_>, _>>()?;
            function.check(&arguments)?;
            return Ok(Self::Call(function, arguments));
        }
        Path::parse_with(text, names).map(Self::Path)
    }

    /// Parses an argument of a function, which may also be a scalar.
    fn argument(text: &str, names: &Names) -> Result<Self, LanguageError> {
        let text = text.trim();
        for quote in ['\'', '"'] {
            if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
                return Ok(Self::Value(Datum::Text(inner.to_owned().into())));
            }
        }
        if let Ok(number) = text.parse() {
            return Ok(Self::Value(Datum::Int(number)));
        }
        if let Ok(truth) = text.parse() {
            return Ok(Self::Value(Datum::Bool(truth)));
        }
        Self::parse(text, names)
    }

    /// The path, if the operand is just a path.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Calls back for every path in it.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        match self {
            Self::Path(path) => found(path),
            Self::Value(_) => {}
            Self::Call(_, arguments) => arguments.iter_mut().for_each(|argument| argument.visit(found)),
        }
    }

    /// Every path in it.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Path(path) => vec![path],
            Self::Value(_) => Vec::new(),
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::paths).collect(),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{path}"),
            Self::Value(Datum::Text(text)) => write!(f, "'{text}'"),
            Self::Value(value) => write!(f, "{value}"),
            Self::Call(function, arguments) => {
                write!(f, "{}(", function.name)?;
                for (index, argument) in arguments.iter().enumerate() {
                    write!(f, "{}{argument}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}

/// The name and the arguments of a call; `None` for other texts such as `chart(NAME).values` and
/// `cilium.agent-option(NAME)`, which are paths.
fn call(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('(')?;
    let arguments = rest.strip_suffix(')')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !name.is_empty();
    (is_name && name != "chart").then_some((name, arguments))
}

/// Splits arguments at the commas outside quotes and parentheses.
fn split<'t>(arguments: &'t str, whole: &str) -> Result<Vec<&'t str>, LanguageError> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0usize, None);
    for (at, c) in arguments.char_indices() {
        match (quote, c) {
            (Some(open), _) => quote = Some(open).filter(|_| c != open),
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.checked_sub(1).ok_or_else(|| format!("unmatched `)` in `{whole}`"))?;
            }
            (None, ',') if depth == 0 => {
                parts.push(&arguments[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if quote.is_some() || depth > 0 {
        return Err(format!("unclosed quote or parenthesis in `{whole}`").into());
    }
    parts.push(&arguments[start..]);
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_print_as_they_are_written() {
        let names = Names::default();
        for text in [
            "config.cni",
            "join(config.cni, ', ')",
            "lower(trim(config.token))",
            "chart(rke2-cilium).values.ipam.mode",
            "capture(config.token, '(a|b),c')",
            "minus(config.max, 50)",
        ] {
            let parsed = Expr::parse(&text.replace("config.max", "config.etcd-snapshot-retention"), &names);
            let printed = parsed.unwrap_or_else(|error| panic!("{text}: {error}")).to_string();
            assert_eq!(printed.replace("config.etcd-snapshot-retention", "config.max"), text);
        }
    }

    #[test]
    fn a_call_that_cannot_be_made_is_an_error() {
        let names = Names::default();
        for (text, words) in [
            ("lowr(config.cni)", "did you mean `lower`?"),
            ("lower(config.cni, config.cni)", "`lower` takes 1 argument, found 2"),
            ("join(config.cni, ',)", "unclosed quote"),
            ("lower(config.nothing-here)", "no RKE2 release has the config key"),
            ("capture(config.token, '(')", "invalid regular expression"),
        ] {
            let error = Expr::parse(text, &names).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
