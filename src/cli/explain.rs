//! `rke2-lint explain`.

use std::io::{self, Write};

use clap::Args;

use super::{CLEAN, Failure};
use crate::docs::{Examples, rule_page};
use crate::rule;
use crate::settings::check_name;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Rule: category/name
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
    // The generated page has the examples; without one, the rule file says all there is.
    let page = PAGES.iter().find(|(id, _)| *id == arguments.rule).map(|(_, page)| page.replace("\r\n", "\n"));
    let page = page.unwrap_or_else(|| rule_page(rule, &Examples::default()));
    io::stdout().lock().write_all(page.as_bytes())?;
    Ok(CLEAN)
}

include!(concat!(env!("OUT_DIR"), "/pages.rs"));
