//! Chef: recipes that install templates on a node. Texts in recipes are read like those in other Ruby files.

use std::collections::BTreeMap;

use crate::rke2::file::join;
use crate::source::folder;
use crate::unit::{Call, Format, Found, Host};

/// Chef recipes.
pub const FORMAT: Format =
    Format { name: "chef", files: &[".rb"], marks: &["rancher/rke2"], is_program: true, fits, read };

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && host.has_extension(&["rb"]) && host.text().contains("template")
}

/// Reads `template PATH do … source NAME … end`.
fn read(host: &Host<'_>, found: &mut Found) {
    let mut lines = host.text().lines();
    while let Some(line) = lines.next() {
        let Some(rest) = line.trim_start().strip_prefix("template ") else { continue };
        let Some(path) = quoted(rest).filter(|path| path.contains("rancher/rke2/")) else { continue };
        if !rest.trim_end().ends_with(" do") || path.contains("#{") {
            continue;
        }
        let body = lines.by_ref().take_while(|line| line.trim() != "end");
        let source = body.filter_map(|line| quoted(line.trim_start().strip_prefix("source ")?)).last();
        if let Some(source) = source {
            found.call(Call {
                templates: templates(host.full_path(), source),
                place: Some(path.to_owned()),
                values: BTreeMap::new(),
                island: None,
            });
        }
    }
}

/// The string at the start of a text.
fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    text[1..].split_once(quote).map(|(string, _)| string)
}

/// Where Chef looks for a template: in the cookbook, in the folder for all platforms.
fn templates(recipe: &str, source: &str) -> Vec<String> {
    let cookbook = folder(folder(recipe));
    ["templates", "templates/default"].map(|folder| join(cookbook, &format!("{folder}/{source}"))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_at_their_quote() {
        assert_eq!(quoted(" '/a' do"), Some("/a"));
        assert_eq!(quoted("\"a\""), Some("a"));
        assert_eq!(quoted("a 'b'"), None);
        assert_eq!(templates("c/recipes/d.rb", "x.erb"), ["c/templates/x.erb", "c/templates/default/x.erb"]);
    }
}
