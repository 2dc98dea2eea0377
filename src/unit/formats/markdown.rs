//! Markdown: the fenced code blocks of pages. Pages are read only if the user asks for them.

use std::ops::Range;

use crate::catalog;
use crate::rke2::addon::is_manifest_name;
use crate::source;
use crate::unit::{Builder, Format, Found, Host, View};
use crate::yaml::{Document, Kind, Stream};

/// Code blocks of pages.
pub const FORMAT: Format = Format {
    name: "markdown",
    files: &[],
    marks: &["rancher/rke2", "helm.cattle.io", "INSTALL_RKE2_VERSION", ":9345"],
    is_program: true,
    fits,
    read,
};

/// Extensions of Markdown files.
pub const EXTENSIONS: &[&str] = &["md", "markdown", "mdx"];

/// Languages of code blocks, each with a file name by which other formats recognize them.
const LANGUAGES: &[(&str, &str)] = &[
    ("bash", "block.sh"),
    ("console", "block.sh"),
    ("hcl", "block.tf"),
    ("sh", "block.sh"),
    ("shell", "block.sh"),
    ("terraform", "block.tf"),
    ("yaml", "block.yaml"),
    ("yml", "block.yaml"),
];

/// How many lines before a block are searched for the name of its file.
const LINES_BEFORE: usize = 3;

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && host.has_extension(EXTENSIONS)
}

fn read(host: &Host<'_>, found: &mut Found) {
    for (index, block) in blocks(host.text()).into_iter().enumerate() {
        let Some((_, name)) = LANGUAGES.iter().find(|(language, _)| *language == block.language()) else {
            continue;
        };
        let (part, view) = (format!("block {}", index + 1), block.view(host.view()));
        let place =
            block.place(host.text()).filter(|place| block.info.contains(place) || suits(place, &view));
        if *name == "block.yaml" && shows_alternatives(view.text()) {
            if place.is_some() {
                found.unread(part, "it shows several files or alternatives");
            }
            continue;
        }
        found.node();
        match place {
            // A page often shows only a part of a file.
            Some(place) if *name == "block.yaml" => found.part_of_file(part, place, view),
            _ if *name == "block.yaml" => found.guess(part, name, view),
            _ => found.text(part, name, view),
        }
    }
}

/// Whether a block can be the file that the lines before it mention: they may mention several files, or a program
/// that writes the file from the block.
fn suits(place: &str, view: &View) -> bool {
    let stream = Stream::parse(View::id(), &view.shared_text());
    if stream.first_error().is_some() || !place.starts_with("/etc/") {
        return true;
    }
    let Some(root) = stream.documents().find_map(Document::root) else { return true };
    let names = || root.entries().map(|entry| entry.name().to_string());
    if source::file_name(place) == "registries.yaml" {
        return names().any(|name| matches!(&*name, "mirrors" | "configs"));
    }
    let is_known = |name: String| catalog::config_key(name.trim_end_matches('+')).is_some();
    // A misspelled key still looks like one.
    let is_like_one =
        |name: String| name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-+".contains(&byte));
    // No key of config.yaml has a map: this is an inventory, or values of a chart.
    let has_maps = root.entries().any(|entry| entry.value.kind() == Kind::Mapping);
    root.get("apiVersion").is_none() && (names().any(is_known) || !has_maps && names().all(is_like_one))
}

/// Whether a text has a duplicate key at the top level: a page may put variants of a setting, or several short files,
/// into one block.
fn shows_alternatives(text: &str) -> bool {
    let mut keys: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.starts_with("---") {
            keys.clear();
        }
        let Some((key, rest)) = line.split_once(':') else { continue };
        let is_key =
            key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+'));
        if !is_key || key.is_empty() || !(rest.is_empty() || rest.starts_with(' ')) {
            continue;
        }
        if keys.contains(&key) {
            return true;
        }
        keys.push(key);
    }
    false
}

/// A fenced code block.
struct Block<'t> {
    /// The info string after the opening fence.
    info: &'t str,
    /// Where the fence is.
    at: usize,
    /// Indentation of the fence, which is removed from each line.
    indent: usize,
    body: Range<usize>,
}

/// The code blocks of a page. A block without a closing fence is skipped.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block<'_>, &str)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, bare) = (at, line.trim());
        at += line.len();
        let Some((fence, info)) = fence(bare) else { continue };
        match &mut open {
            Some((block, opened)) if info.is_empty() && fence.starts_with(*opened) => {
                block.body.end = start;
                blocks.extend(open.take().map(|(block, _)| block));
            }
            Some(_) => {}
            None => {
                let indent = line.len() - line.trim_start_matches(' ').len();
                open = Some((Block { info, at: start, indent, body: at..at }, fence));
            }
        }
    }
    blocks
}

/// The fence and the info string, if the line is a fence.
fn fence(line: &str) -> Option<(&str, &str)> {
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = line.trim_start_matches(mark);
    let fence = &line[..line.len() - info.len()];
    (fence.len() >= 3 && !info.contains('`')).then(|| (fence, info.trim()))
}

impl Block<'_> {
    fn language(&self) -> String {
        let word = self.info.split(|c: char| c.is_whitespace() || matches!(c, '{' | ',')).next();
        word.unwrap_or_default().to_ascii_lowercase()
    }

    fn view(&self, page: &View) -> View {
        let mut builder = Builder::new(page);
        let mut at = self.body.start;
        for line in page.text()[self.body.clone()].split_inclusive('\n') {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            // An ellipsis marks omitted lines.
            let from = if matches!(line.trim(), "..." | "…" | "[...]") {
                line.trim_end_matches(['\r', '\n']).len()
            } else {
                blanks.min(self.indent)
            };
            builder.verbatim(at + from..at + line.len());
            at += line.len();
        }
        builder.finish()
    }

    /// The RKE2 file named by the fence or by the lines before it.
    fn place<'t>(&self, page: &'t str) -> Option<&'t str> {
        let line_end = page[self.at..].find('\n').map_or(page.len(), |end| self.at + end);
        let before = page[..self.at].lines().rev().take(LINES_BEFORE);
        std::iter::once(&page[self.at..line_end]).chain(before).find_map(path)
    }
}

/// The path of an RKE2 file, if a line contains one.
fn path(line: &str) -> Option<&str> {
    let is_end = |c: char| c.is_whitespace() || "`\"'()*<>,;:".contains(c);
    let mut words = line.split(is_end).map(|word| word.trim_end_matches('.'));
    let is_file = |word: &&str| {
        ["/etc/rancher/rke2/", "/var/lib/rancher/rke2/server/manifests/"]
            .iter()
            .any(|start| word.starts_with(start))
            && is_manifest_name(word)
    };
    let first = words.find(is_file)?;
    (!words.any(|word| is_file(&word) && word != first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_a_language_and_a_place() {
        let page = "Write `/etc/rancher/rke2/config.yaml`:\n\n```yaml\na: b\n```\n\n- x\n  ~~~sh title=\"y\"\n  c\n  \
                    ```\n  ~~~\n\n```yaml title=\"/etc/rancher/rke2/registries.yaml\"\n```\n\n```yaml\nopen\n";
        let found = blocks(page);
        let view = View::whole(page);
        let texts: Vec<_> = found.iter().map(|block| block.view(&view).text().to_owned()).collect();
        assert_eq!(texts, ["a: b\n", "c\n```\n", ""]);
        let languages: Vec<_> = found.iter().map(Block::language).collect();
        assert_eq!(languages, ["yaml", "sh", "yaml"]);
        let places: Vec<_> = found.iter().map(|block| block.place(page)).collect();
        assert_eq!(
            places,
            [Some("/etc/rancher/rke2/config.yaml"), None, Some("/etc/rancher/rke2/registries.yaml")]
        );
    }

    #[test]
    fn alternatives_in_one_block_are_told_from_one_file() {
        assert!(shows_alternatives("cni: canal\n# or\ncni: cilium\n"));
        assert!(!shows_alternatives("cni: canal\nspec:\n  cni: a\n---\ncni: cilium\n"));
        assert!(!shows_alternatives("https://a:9345\nhttps://b:9345\n"));
    }

    #[test]
    fn an_ellipsis_is_left_out() {
        let page = "```yaml\n...\ncni: canal\n  ...\n```\n";
        let view = View::whole(page);
        assert_eq!(blocks(page)[0].view(&view).text(), "\ncni: canal\n\n");
    }
}
