//! Units: the texts that RKE2 or Helm will read, wherever they are written. A plain file is a single unit; a cloud-init
//! file, a Cluster API object or a script (a *host*) contains many. This layer must not know rules or clusters.
//!
//! # A host format
//!
//! Each file in `formats/` is one host format and defines `FORMAT`; the build script collects them. A format declares
//! the files that are not YAML and can be in it (`files`) and words of which a file must contain one (`marks`), decides
//! whether a file fits, and reads it:
//!
//! ```text
//! pub const FORMAT: Format =
//!     Format { name: "motd", files: &[".motd"], marks: &["rancher/rke2"], is_program: false, fits, read };
//!
//! fn fits(host: &Host<'_>) -> bool { host.name().ends_with(".motd") }
//!
//! fn read(host: &Host<'_>, found: &mut Found) {
//!     for document in host.stream().documents() {           // places are offsets of host.text()
//!         let Some(body) = document.root().and_then(|root| root.get("body")) else { continue };
//!         let Some(view) = host.view().of_scalar(body) else { continue };
//!         found.file("body", "/etc/rancher/rke2/config.yaml", view);   // a file on the node, by its path
//!     }
//! }
//! ```
//!
//! [`Found::file`] determines the kind of a text by its path on the node, and searches it for further units.
//! [`Found::guess`] determines it by the content. [`Found::config`] and [`Found::values`] take texts that were
//! assembled with [`Builder`] or `emit` from fields of the host. [`Found::release`] records a release, [`Found::node`]
//! starts another node, [`Found::unread`] records what was recognized and not read, and [`Found::remark`] raises a
//! finding of a rule (`check: engine`) about what the host's program does with a field. A format never reports anything
//! about the host's own syntax: it skips what it cannot read.

mod ansible;
mod appends;
mod branches;
mod changes;
mod cluster_api;
mod echo;
mod emit;
mod field_types;
mod flags;
mod formats;
mod found;
mod groups;
mod hcl;
mod heredoc;
mod lines;
mod link;
pub mod mask;
mod no_proxy;
mod parts;
mod paths;
mod position;
mod puppet;
mod quotes;
mod rancher;
mod registries;
mod removed;
mod role;
mod sed;
mod selector;
mod targets;
mod tasks;
mod view;
mod written;

use std::cell::OnceCell;
use std::sync::Arc;

pub use changes::moves_data;
pub use emit::{emit, emit_fields};
pub use formats::{MODELS, is_model_name};
pub use found::{Found, Release, Remark, Unread};
pub use link::{Aim, Call, File, Given, Links, Plan, is_word, link};
pub use registries::registries;
pub use view::{Builder, View};

use crate::source;
use crate::yaml::{NodeRef, Stream};

/// Maximum depth of texts inside texts.
const MAX_DEPTH: usize = 6;
/// Maximum number of units in one file.
const MAX_UNITS: usize = 2_000;
/// Maximum size in bytes of all units of one file together, since compressed content may be a decompression bomb.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The kind of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All or a part of config.yaml.
    Config,
    /// The whole of registries.yaml.
    Registries,
    /// Kubernetes objects.
    Manifests,
    /// A policy of kube-apiserver that config.yaml may refer to.
    Policy,
    /// Values of a packaged chart, given by name.
    Values(String),
}

impl Kind {
    /// The name of the kind in outputs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Registries => "registries",
            Self::Manifests => "manifests",
            Self::Policy => "policy",
            Self::Values(_) => "chart-values",
        }
    }
}

/// Where a unit comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The path of the file that contains it.
    pub host: Arc<str>,
    /// The path of that file in the folder that really contains it.
    pub full_path: Arc<str>,
    /// The path on the node, or the chart whose values these are.
    pub path: String,
    /// Its kind.
    pub kind: Kind,
    /// The host format.
    pub format: &'static str,
    /// Its place in the host: `write_files[0]`, `spec.serverConfig`.
    pub written_by: String,
}

/// The path of a unit that represents objects whose text is not known.
const UNSEEN: &str = "/var/lib/rancher/rke2/server/manifests/unseen.yaml";

/// A text that RKE2 or Helm will read, with its origin.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Where it comes from.
    pub origin: Arc<Origin>,
    /// The path used for grouping and classification: the path of the host as a folder, followed by the path on the
    /// node.
    pub path: String,
    /// Length of the part of the path that represents its node.
    island: usize,
    /// The text, with its map to the file.
    pub view: View,
    /// Whether keys may be added that are not in the text, so that missing keys are not reported.
    pub open: bool,
    /// For an open unit whose host determines all of config.yaml, or all values of a chart: the only keys that may be
    /// added.
    pub adds: Option<Arc<[String]>>,
    /// The way through branches to which the text belongs, as an index into [`Units::ways`]. A finding must hold on
    /// every way of the same text that includes its place.
    pub way: Option<usize>,
    /// Whether the host declares its node to be an agent.
    pub agent: bool,
    /// Whether a host around it is a program: see [`Format::is_program`].
    pub of_program: bool,
    /// How its node relates to other nodes of the tree.
    pub relation: Relation,
}

/// How the node of a unit relates to other nodes of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Paths alone decide.
    ByPath,
    /// Objects refer to each other: all units of its folder form one cluster regardless of their paths.
    Joined,
    /// The text sets options of a node whose config.yaml may be another file of the tree.
    Completes,
}

impl Unit {
    /// The folder that represents its node: units of one node are grouped.
    pub fn island(&self) -> &str {
        &self.path[..self.island]
    }

    /// Its path, kind, and place in the outermost file; `None` if all of its text was made up.
    fn extent(&self) -> Option<(String, &'static str, usize, usize)> {
        let range = self.view.outer(&(0..self.view.text().len()))?;
        Some((self.origin.path.clone(), self.origin.kind.as_str(), range.start, range.end))
    }

    /// The same unit on the node of another folder.
    fn on(mut self, island: &str) -> Self {
        self.move_to(island, "", false);
        self.way = None;
        self.agent = false;
        self
    }

    /// Moves it to a node in another folder. `joined`: all nodes of that folder form one cluster.
    fn move_to(&mut self, island: &str, node: &str, joined: bool) {
        self.path = format!("{island}{node}{}", &self.path[self.island..]);
        self.island = island.len();
        if joined {
            self.relation = Relation::Joined;
        } else if self.relation == Relation::Joined {
            self.relation = Relation::ByPath;
        }
    }
}

/// One way through the branches of a text.
#[derive(Clone, Debug)]
pub struct Way {
    /// The text it belongs to, as the index of that text's first way.
    pub text: usize,
    /// What is left of the text on this way.
    pub view: View,
}

/// The release that applies to the files of a folder, although they do not name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The folder.
    pub folder: String,
    /// Whether it applies to folders below as well.
    pub is_deep: bool,
    /// Whether it is that of some hosts only, so that a file for other hosts may have another one.
    pub is_partial: bool,
    /// The release.
    pub release: Release,
}

/// What was found in one file.
#[derive(Debug, Default)]
pub struct Units {
    /// The texts.
    pub units: Vec<Unit>,
    /// The release that the host pins.
    pub release: Release,
    /// The releases that the host pins for files next to it.
    pub pins: Vec<Pin>,
    /// What looks like RKE2 configuration and could not be read.
    pub unread: Vec<Unread>,
    /// Findings of rules about what the host's program does with its fields.
    pub remarks: Vec<Remark>,
    /// The ways through the branches of texts; those of one text are adjacent.
    pub ways: Vec<Way>,
    /// What it states about the units of other files.
    pub links: Links,
}

impl Units {
    /// Whether nothing was found in the file.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
            && self.unread.is_empty()
            && self.remarks.is_empty()
            && self.pins.is_empty()
            && self.links.plans.is_empty()
    }
}

/// A host format: see the documentation of this module.
#[derive(Clone, Copy)]
pub struct Format {
    /// The name in `-v` and JSON output.
    pub name: &'static str,
    /// Files that are not YAML and can be in this format, in lower case: names, extensions (`.sh`) or prefixes of names
    /// (`docker*`).
    pub files: &'static [&'static str],
    /// Words of which a text must contain at least one.
    pub marks: &'static [&'static str],
    /// Whether a text in this format is run, or completed by something that is run, which may deploy objects that no file
    /// holds. Nothing is concluded from a missing object then.
    pub is_program: bool,
    /// Whether a text can be in this format, according to the file name and a quick look at the text.
    pub fits: fn(&Host<'_>) -> bool,
    /// Reads the units of a text.
    pub read: fn(&Host<'_>, &mut Found),
}

/// A text that may hold units.
pub struct Host<'h> {
    path: &'h str,
    full_path: &'h str,
    /// The extension of the file's name; empty if it has none.
    extension: &'h str,
    view: &'h View,
    stream: OnceCell<Stream>,
    depth: usize,
    of_chart: bool,
    given: Given,
}

impl<'h> Host<'h> {
    fn new(path: &'h str, full_path: &'h str, view: &'h View, depth: usize, of_chart: bool) -> Self {
        let extension = source::file_name(path).rsplit_once('.').map_or("", |(_, extension)| extension);
        Self {
            path,
            full_path,
            extension,
            view,
            stream: OnceCell::new(),
            depth,
            of_chart,
            given: Given::default(),
        }
    }

    /// What other files state about this one.
    pub fn given(&self) -> &Given {
        &self.given
    }

    /// The path of the file, or the path on the node if another host writes the text there.
    pub fn path(&self) -> &str {
        self.path
    }

    /// The path of the file in the folder that really contains it, wherever the program runs.
    pub fn full_path(&self) -> &str {
        self.full_path
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        source::file_name(self.path)
    }

    /// Whether the file's name has one of these extensions.
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|known| self.extension.eq_ignore_ascii_case(known))
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.view.text()
    }

    /// The text, with its map to the file.
    pub fn view(&self) -> &View {
        self.view
    }

    /// Whether the text was extracted from another one.
    pub fn is_nested(&self) -> bool {
        self.depth > 0
    }

    /// Whether it is a template of a Helm chart.
    pub fn is_of_chart(&self) -> bool {
        self.of_chart
    }

    /// The text as YAML. Places are offsets of [`Host::text`].
    pub fn stream(&self) -> &Stream {
        self.stream.get_or_init(|| Stream::parse(View::id(), &self.view.shared_text()))
    }

    /// The roots of all YAML documents; none if the text is not valid YAML.
    pub fn roots(&self) -> impl Iterator<Item = NodeRef<'_>> {
        let readable = self.stream().first_error().is_none();
        self.stream().documents().filter(move |_| readable).filter_map(crate::yaml::Document::root)
    }
}

/// Whether a file with this name should be searched for units although it is not YAML.
pub fn may_host(file_name: &str) -> bool {
    formats::may_host(file_name)
}

/// Whether a file with this name is a page of documentation, which is read only if the user asks for it.
pub fn is_page(file_name: &str) -> bool {
    formats::is_page(file_name)
}

/// Whether a text may match some host format, found in one pass over its bytes.
pub fn is_marked(text: &str) -> bool {
    formats::is_marked(text)
}

/// A file that may hold units.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as shown.
    pub path: Arc<str>,
    /// The path in the folder that really contains it, wherever the program runs.
    pub full_path: Arc<str>,
    /// The text.
    pub text: Arc<str>,
}

impl Source {
    /// A file whose path is shown in full.
    pub fn new(path: &Arc<str>, text: &Arc<str>) -> Self {
        Self { path: Arc::clone(path), full_path: Arc::clone(path), text: Arc::clone(text) }
    }
}

/// Finds the units of a file.
pub fn units(file: &Source) -> Units {
    find(file, false, Given::default())
}

/// Finds the units of a template of a Helm chart.
pub fn units_of_chart(file: &Source) -> Units {
    find(file, true, Given::default())
}

/// Finds the units of a file about which other files state something.
pub fn units_given(file: &Source, given: &Given) -> Units {
    find(file, false, given.clone())
}

/// Whether other files may determine how the texts in a file with this name are used.
pub fn heeds_others(file_name: &str) -> bool {
    formats::is_template(file_name) || formats::is_terraform(file_name)
}

fn find(file: &Source, of_chart: bool, given: Given) -> Units {
    let mut found = Found::new(file, of_chart, given);
    let view = View::whole(Arc::clone(&file.text));
    match formats::used_path(&file.path) {
        used if used.len() < file.path.len() => found.model(used, view),
        _ => found.look(&file.path, &view),
    }
    found.finish(&file.text)
}
