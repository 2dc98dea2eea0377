//! Reads the settings file and reports every error with its place; messages never contain a Rust type. Uses our own
//! reader rather than serde: it knows the place of every value, keeps `1.30` and `off` verbatim, and facts need it
//! anyway. Must not read files.

use std::path::PathBuf;
use std::sync::Arc;

use super::paths::{Base, Paths};
use super::shape::{Key, Shape, TOP};
use super::{ClusterSettings, Level, Mistake, Override, Placed, Settings, SettingsErrors, nearest};
use crate::catalog::{self, KeyType, Target};
use crate::cluster::fact::Datum;
use crate::cluster::host::Host;
use crate::source::{Position, SourceFile, Sources, Span};
use crate::yaml::{Document, Entry, Kind, NodeRef, Stream, Value};

/// Parses the text of a settings file.
///
/// # Errors
/// All errors in it.
pub fn parse(source: Arc<SourceFile>, base: Base) -> Result<Settings, SettingsErrors> {
    let stream = Stream::parse(Sources::id_at(0), &source.shared_text());
    let mut reader = Reader { source: &source, base: &base, mistakes: Vec::new() };
    let mut settings = reader.settings(&stream);
    let mut mistakes = reader.mistakes;
    if !mistakes.is_empty() {
        mistakes.sort_by_key(|mistake| mistake.at.byte);
        return Err(SettingsErrors { path: source.path().to_owned(), mistakes });
    }
    settings.source = Some(source);
    settings.base = base;
    Ok(settings)
}

/// The catalogue named in a settings file. It is read first, because the other settings are validated with it.
#[cfg(feature = "disk")]
pub(super) fn catalog_of(source: &Arc<SourceFile>, base: &Base) -> Option<Placed<PathBuf>> {
    let stream = Stream::parse(Sources::id_at(0), &source.shared_text());
    let root = stream.documents().next()?.root()?;
    let reader = Reader { source, base, mistakes: Vec::new() };
    let entry = root.entries().find(|entry| entry.name() == "catalog")?;
    Some(reader.placed(entry.value, base.open(entry.value.text()?)))
}

struct Reader<'s> {
    source: &'s SourceFile,
    base: &'s Base,
    mistakes: Vec<Mistake>,
}

/// The values of a map, by the keys of its table.
struct Fields<'a>(Vec<(&'static str, NodeRef<'a>)>);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<NodeRef<'a>> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, node)| *node)
    }
}

impl Reader<'_> {
    fn settings(&mut self, stream: &Stream) -> Settings {
        let mut settings = Settings::default();
        if let Some(error) = stream.first_error() {
            self.fail(error.span, error.message.clone());
            return settings;
        }
        let mut roots = stream.documents().filter_map(Document::root);
        let Some(root) = roots.next() else { return settings };
        if let Some(second) = roots.next() {
            self.fail(second.span(), "unexpected second document in the settings");
        }
        let fields = self.fields(root, TOP);
        settings.catalog = fields.get("catalog").and_then(|node| self.path(node));
        settings.release = fields.get("rke2-version").and_then(|node| self.release(node));
        settings.exclude = fields.get("exclude").and_then(|node| self.patterns(node));
        settings.rules = fields.get("rules").map(|node| self.rules(node)).unwrap_or_default();
        settings.overrides = self.list(
            fields.get("overrides"),
            |reader, fields| {
                let paths = fields.get("paths").and_then(|node| reader.patterns(node));
                let rules = fields.get("rules").map(|node| reader.rules(node));
                Some(Override { paths: paths?.value, rules: rules? })
            },
            keys_of("overrides"),
        );
        settings.clusters = self.list(fields.get("clusters"), Self::cluster, keys_of("clusters"));
        settings.rule_paths = fields.get("rule-paths").map(|node| self.folders(node)).unwrap_or_default();
        settings.baseline = fields.get("baseline").and_then(|node| self.path(node));
        settings
    }

    fn cluster(&mut self, fields: &Fields<'_>) -> Option<ClusterSettings> {
        if let Some(node) = fields.get("config") {
            self.config(node);
        }
        if let Some(node) = fields.get("host") {
            self.hosts(node);
        }
        let manifests = fields.get("manifests").map(|node| self.texts(node)).unwrap_or_default();
        let name = fields.get("name").and_then(|node| self.text(node));
        let paths = fields.get("paths").and_then(|node| self.patterns(node));
        let configs = fields.get("configs").and_then(|node| self.patterns(node));
        let release = fields.get("rke2-version").and_then(|node| self.release(node));
        Some(ClusterSettings {
            name: name?.to_owned(),
            paths: paths.map(|paths| paths.value),
            configs: configs.map(|configs| configs.value),
            manifests: manifests
                .into_iter()
                .map(|(_, folder)| folder.strip_prefix("./").unwrap_or(folder).trim_matches('/').to_owned())
                .collect(),
            release,
        })
    }

    /// The fields of a map; unknown, duplicate and missing keys are errors.
    fn fields<'a>(&mut self, node: NodeRef<'a>, keys: &'static [Key]) -> Fields<'a> {
        let mut fields = Fields(Vec::new());
        if !self.is_mapping(node) {
            return fields;
        }
        for entry in self.entries(node) {
            let name = entry.name();
            match keys.iter().find(|key| key.name == name) {
                Some(key) if entry.value.is_null() => {
                    self.fail(entry.key.span(), format!("`{}` is empty", key.name));
                }
                Some(key) => fields.0.push((key.name, entry.value)),
                None => {
                    let names = || keys.iter().map(|key| key.name);
                    let known = || names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                    let hint = match nearest(&name, names()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("expected {}", known()),
                    };
                    self.fail(entry.key.span(), format!("unknown key `{name}`; {hint}"));
                }
            }
        }
        for key in keys.iter().filter(|key| key.required && node.entry(key.name).is_none()) {
            self.fail(node.span(), format!("missing key `{}`", key.name));
        }
        fields
    }

    /// The effective entries; a duplicate key is an error.
    fn entries<'a>(&mut self, node: NodeRef<'a>) -> Vec<Entry<'a>> {
        let mut seen = Vec::new();
        for entry in node.entries() {
            let name = entry.name();
            if seen.contains(&name) {
                self.fail(entry.key.span(), format!("duplicate key `{name}`"));
            }
            seen.push(name);
        }
        node.fields()
    }

    fn list<'a, T>(
        &mut self,
        node: Option<NodeRef<'a>>,
        read: impl Fn(&mut Self, &Fields<'a>) -> Option<T>,
        keys: &'static [Key],
    ) -> Vec<T> {
        let Some(node) = node else { return Vec::new() };
        if node.kind() != Kind::Sequence {
            self.fail(node.span(), "expected a list");
            return Vec::new();
        }
        node.items()
            .filter_map(|item| {
                let fields = self.fields(item, keys);
                read(self, &fields)
            })
            .collect()
    }

    fn release(&mut self, node: NodeRef<'_>) -> Option<Placed<Target>> {
        let text = self.text(node)?;
        let spec = catalog::spec(text).map_err(|error| error.to_string());
        match spec.and_then(|spec| Target::of(spec).map_err(|error| error.to_string())) {
            Ok(target) => Some(self.placed(node, target)),
            Err(message) => {
                self.fail(node.span(), message);
                None
            }
        }
    }

    fn patterns(&mut self, node: NodeRef<'_>) -> Option<Placed<Paths>> {
        let texts = self.texts(node);
        let patterns: Vec<String> = texts.iter().map(|(_, text)| (*text).to_owned()).collect();
        match Paths::new(&patterns, self.base.clone()) {
            Ok(paths) => Some(self.placed(node, paths)),
            Err((index, message)) => {
                self.fail(texts.get(index).map_or(node.span(), |(node, _)| node.span()), message);
                None
            }
        }
    }

    fn rules(&mut self, node: NodeRef<'_>) -> Vec<Placed<(String, Level)>> {
        if !self.is_mapping(node) {
            return Vec::new();
        }
        let mut rules = Vec::new();
        for entry in self.entries(node) {
            let Some(text) = self.text(entry.value) else { continue };
            match text.parse::<Level>() {
                Ok(level) => rules.push(self.placed(entry.key, (entry.name().into_owned(), level))),
                Err(error) => self.fail(entry.value.span(), error.to_string()),
            }
        }
        rules
    }

    fn folders(&mut self, node: NodeRef<'_>) -> Vec<Placed<PathBuf>> {
        let texts = self.texts(node);
        texts.into_iter().map(|(node, text)| self.placed(node, self.base.open(text))).collect()
    }

    fn path(&mut self, node: NodeRef<'_>) -> Option<Placed<PathBuf>> {
        let text = self.path_text(node)?;
        Some(self.placed(node, self.base.open(text)))
    }

    /// Validates facts about config.yaml with the keys that RKE2 knows.
    fn config(&mut self, node: NodeRef<'_>) {
        if !self.is_mapping(node) {
            return;
        }
        for entry in self.entries(node) {
            let name = entry.name();
            let Some(key) = catalog::config_key(&name) else {
                let hint = match nearest(&name, catalog::config_keys().iter().map(|key| key.name.as_str())) {
                    Some(near) => format!("; did you mean `{near}`?"),
                    None => String::new(),
                };
                self.fail(entry.key.span(), format!("unknown RKE2 config key `{name}`{hint}"));
                continue;
            };
            let value = Datum::of(entry.value);
            let fits = match (key.kind, &value) {
                (_, Datum::Null | Datum::Map(_) | Datum::Opaque) => false,
                (KeyType::Bool, value) => value.as_bool().is_some(),
                (KeyType::Int, value) => value.as_number().is_some(),
                (_, Datum::List(items)) => items.iter().all(|item| item.value.as_text().is_some()),
                _ => true,
            };
            if !fits {
                let wanted = match key.kind {
                    KeyType::Bool => "`true` or `false`",
                    KeyType::Int => "an integer",
                    KeyType::List => "a string or a list of strings",
                    KeyType::String => "a string",
                    KeyType::Duration => "a duration",
                    KeyType::Unknown => "a value",
                };
                self.fail(entry.label_span(), format!("`{name}`: expected {wanted}"));
            }
        }
    }

    fn hosts(&mut self, node: NodeRef<'_>) {
        let hosts: Vec<NodeRef<'_>> = match node.kind() {
            Kind::Sequence => node.items().collect(),
            _ => vec![node],
        };
        for host in hosts {
            if self.is_mapping(host) {
                self.entries(host);
                for (span, message) in Host::mistakes(host) {
                    self.fail(span, message);
                }
            }
        }
    }

    fn is_mapping(&mut self, node: NodeRef<'_>) -> bool {
        let mapping = node.kind() == Kind::Mapping;
        if !mapping {
            self.fail(node.span(), "expected a map");
        }
        mapping
    }

    /// One path or pattern, or a list of them.
    fn texts<'a>(&mut self, node: NodeRef<'a>) -> Vec<(NodeRef<'a>, &'a str)> {
        let items: Vec<NodeRef<'a>> = match node.kind() {
            Kind::Sequence => node.items().collect(),
            _ => vec![node],
        };
        items.into_iter().filter_map(|item| Some((item, self.path_text(item)?))).collect()
    }

    /// A path or pattern. A value that YAML reads as a number or boolean was probably meant for another key.
    fn path_text<'a>(&mut self, node: NodeRef<'a>) -> Option<&'a str> {
        let text = self.text(node)?;
        let found = match node.value() {
            Some(Value::Bool(_)) => "boolean",
            Some(Value::Int(_) | Value::UInt(_)) => "integer",
            Some(Value::Float(_)) => "float",
            _ => return Some(text),
        };
        self.fail(
            node.span(),
            format!("expected a path, found the {found} `{text}`; quote it if a file has this name"),
        );
        None
    }

    /// A scalar as written.
    fn text<'a>(&mut self, node: NodeRef<'a>) -> Option<&'a str> {
        let text = node.text().filter(|text| !text.trim().is_empty() && !node.is_null());
        if text.is_none() {
            self.fail(node.span(), "expected a string");
        }
        text
    }

    fn placed<T>(&self, node: NodeRef<'_>, value: T) -> Placed<T> {
        Placed { value, at: self.at(node.span()) }
    }

    fn at(&self, span: Span) -> Position {
        self.source.position(span.start as usize)
    }

    fn fail(&mut self, span: Span, message: impl Into<String>) {
        let mistake = Mistake { at: self.at(span), message: message.into() };
        self.mistakes.push(mistake);
    }
}

/// The keys of the maps in a top-level list.
fn keys_of(list: &str) -> &'static [Key] {
    let shape = TOP.iter().find(|key| key.name == list).map(|key| key.shape);
    match shape {
        Some(Shape::List(keys)) => keys,
        _ => &[],
    }
}
