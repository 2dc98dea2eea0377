//! `rke2-lint explain`.

use std::io::{self, Write};

use clap::Args;

use super::{CLEAN, Failure};
use crate::docs::rule_page;
use crate::rule;
use crate::settings::check_name;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Rule, as findings name it: category/name
    rule: String,
}

/// Prints the page of a rule.
pub fn run(arguments: &ExplainArguments) -> Result<u8, Failure> {
    let rules = rule::built_in();
    let Some(rule) = rules.iter().find(|rule| rule.info.id.as_str() == arguments.rule) else {
        let error = check_name(&arguments.rule, &rules).err();
        return Err(Failure::Message(error.unwrap_or_else(|| {
            format!("`{0}` is a category: `rke2-lint rules` lists the rules of `{0}`", arguments.rule)
        })));
    };
    io::stdout().lock().write_all(rule_page(rule).as_bytes())?;
    Ok(CLEAN)
}
