//! The host formats, one file each, collected by the build script; and a cheap test for files that may contain any of
//! them.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Format, Host, View};
use crate::rke2::addon::is_manifest_name;
use crate::rke2::object::HELM_GROUP;
use crate::words::{Searcher, Words};
use crate::yaml::{Kind, Stream};

include!(concat!(env!("OUT_DIR"), "/formats.rs"));

pub use cloud_init::{is_file_of_rke2, merged_files};

/// Whether a text contains a mark of some format, found in one pass over its bytes.
pub fn is_marked(text: &str) -> bool {
    static WORDS: Words = Words::new(|| {
        let mut words: Vec<&str> = FORMATS.iter().flat_map(|format| format.marks).copied().collect();
        // Few words are found faster: one that contains another adds nothing.
        words.sort_unstable_by_key(|word| (word.len(), *word));
        let mut least: Vec<&str> = Vec::new();
        for word in words {
            if !least.iter().any(|known| word.contains(known)) {
                least.push(word);
            }
        }
        least
    });
    WORDS.is_in(text.as_bytes())
}

/// Whether a file with this name, which is not YAML, can be in some format.
pub fn may_host(file_name: &str) -> bool {
    static FILES: LazyLock<(HashSet<&str>, Vec<&str>)> = LazyLock::new(|| {
        let all = FORMATS.iter().flat_map(|format| format.files).copied();
        let (starts, whole): (Vec<&str>, Vec<&str>) = all.partition(|file| file.ends_with('*'));
        (whole.into_iter().collect(), starts.into_iter().map(|start| start.trim_end_matches('*')).collect())
    });
    let lower = file_name.to_ascii_lowercase();
    let name = used_path(&lower);
    let is_model_of_yaml = name.len() < lower.len() && is_manifest_name(name);
    let (whole, starts) = &*FILES;
    let has_extension = || name.rfind('.').is_some_and(|at| whole.contains(&name[at..]));
    is_model_of_yaml
        || whole.contains(name)
        || has_extension()
        || starts.iter().any(|start| name.starts_with(start))
}

/// The path of a file without the ending which says that it is to be copied and completed: `all.yml.example`.
pub fn used_path(path: &str) -> &str {
    [".example", ".sample", ".dist"].iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path)
}

/// Words in the names of files and folders that show how something can be done.
pub const MODELS: &[&str] = &["doc", "docs", "documentation", "example", "examples", "sample", "samples"];

/// Whether a file, or a folder that contains it, shows how something can be done: its values are not those in use.
pub fn is_model(path: &str) -> bool {
    path.split('/').any(is_model_name)
}

/// Whether the name of a file or folder says that it shows how something can be done.
pub fn is_model_name(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    used_path(name).len() < name.len()
        || words.any(|word| MODELS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// Whether a file with this name is a template.
pub fn is_template(file_name: &str) -> bool {
    template::ending(used_path(file_name)).is_some()
}

/// Whether a file with this name is a page of documentation.
pub fn is_page(file_name: &str) -> bool {
    file_name.rsplit_once('.').is_some_and(|(_, extension)| markdown::EXTENSIONS.contains(&extension))
}

/// Whether a file with this name holds Terraform code or values.
pub fn is_terraform(file_name: &str) -> bool {
    used_path(file_name)
        .rsplit_once('.')
        .is_some_and(|(_, extension)| terraform::EXTENSIONS.contains(&extension))
}

/// Whether a format reads what templates render to.
pub fn is_of_templates(format: &Format) -> bool {
    format.name == template::FORMAT.name
}

/// The formats that a text may be in.
pub fn fitting<'f>(host: &'f Host<'_>) -> impl Iterator<Item = &'static Format> + 'f {
    static MARKS: LazyLock<Vec<Searcher>> =
        LazyLock::new(|| FORMATS.iter().map(|format| Searcher::new(format.marks)).collect());
    // Most texts that come here are HelmCharts, and most formats have other marks: these are searched in one pass.
    static RARE: Words = Words::new(|| {
        let rare = FORMATS.iter().filter(|format| !format.marks.contains(&HELM_GROUP));
        rare.flat_map(|format| format.marks).copied().collect()
    });
    let text = host.text().as_bytes();
    let has_rare = LazyCell::new(|| RARE.is_in(text));
    let formats = FORMATS.iter().zip(MARKS.iter()).filter(move |(format, marks)| {
        (format.fits)(host) && (format.marks.contains(&HELM_GROUP) || *has_rare) && marks.finds(text)
    });
    formats.map(|(format, _)| format)
}

/// Whether a text is valid YAML.
pub fn parses(view: &View) -> bool {
    Stream::parse(View::id(), &view.shared_text()).first_error().is_none()
}

/// Whether a text is YAML with a map at the top level.
pub fn is_yaml(view: &View) -> bool {
    let stream = Stream::parse(View::id(), &view.shared_text());
    let mut roots = stream.documents().filter_map(crate::yaml::Document::root);
    stream.first_error().is_none() && roots.any(|root| root.kind() == Kind::Mapping)
}
