//! `registries/decode-error`: a registries.yaml that does not fit the types RKE2 reads it into.

use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rke2::registries::{AUTH_KEYS, TLS_KEYS};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, Kind, NodeRef, Value, looks_templated, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    if matches!(file.content, Content::Templated | Content::DanglingLink) {
        return;
    }
    if let Some(error) = file.first_document_error() {
        drafts.push(Draft::unreadable(
            error,
            &error.message,
            "RKE2 cannot read the file, and the node waits without end for its agent configuration",
        ));
        return;
    }
    let Some(root) = file.first_root() else { return };
    let mut walk = Walk { file, drafts };
    if root.kind() != Kind::Mapping && !root.is_null() {
        walk.wrong(root, "the top of the file", "keys and values");
        return;
    }
    for host in walk.mapping(root.entry("mirrors"), "`mirrors`") {
        let inner = walk.mapping(Some(host), &format!("the mirror `{}`", host.name()));
        for entry in inner {
            match entry.name().as_ref() {
                "endpoint" => walk.items(entry),
                "rewrite" => walk.rewrites(entry),
                _ => {}
            }
        }
    }
    for host in walk.mapping(root.entry("configs"), "`configs`") {
        for entry in walk.mapping(Some(host), &format!("`{}`", host.name())) {
            match entry.name().as_ref() {
                "auth" => walk.texts(entry, AUTH_KEYS),
                "tls" => walk.tls(entry),
                _ => {}
            }
        }
    }
    walk.auths(root);
}

/// What keeps the file from being decoded below keys that RKE2 reads; others it passes over.
struct Walk<'d, 'a> {
    file: &'a RkeFile,
    drafts: &'d mut Vec<Draft>,
}

impl<'a> Walk<'_, 'a> {
    /// The fields of an entry that must be a mapping.
    fn mapping(&mut self, entry: Option<Entry<'a>>, what: &str) -> Vec<Entry<'a>> {
        let Some(entry) = entry else { return Vec::new() };
        if entry.value.kind() != Kind::Mapping && !entry.value.is_null() {
            self.wrong(entry.value, what, "a mapping");
        }
        entry.value.fields()
    }

    /// The credentials in force nowhere, which have to fit nevertheless.
    fn auths(&mut self, root: NodeRef<'a>) {
        for host in self.mapping(root.entry("auths"), "`auths`") {
            self.texts(host, AUTH_KEYS);
        }
    }

    fn rewrites(&mut self, entry: Entry<'a>) {
        for field in self.mapping(Some(entry), "`rewrite`") {
            self.text(field);
        }
    }

    /// The fields of these names in an entry that must be a mapping.
    fn texts(&mut self, entry: Entry<'a>, known: &[&str]) {
        for field in self.mapping(Some(entry), &format!("`{}`", entry.name())) {
            if known.contains(&field.name().as_ref()) {
                self.text(field);
            }
        }
    }

    fn text(&mut self, field: Entry<'a>) {
        if field.value.kind() != Kind::Scalar {
            self.wrong(field.value, &format!("`{}`", field.name()), "text");
        }
    }

    fn items(&mut self, entry: Entry<'a>) {
        for item in entry.value.items().filter(|item| item.kind() != Kind::Scalar) {
            self.wrong(item, "this endpoint", "text");
        }
    }

    fn tls(&mut self, entry: Entry<'a>) {
        for field in self.mapping(Some(entry), "`tls`") {
            let boolean = matches!(field.value.value(), Some(Value::Bool(_) | Value::Null));
            if field.name() == "insecure_skip_verify" && !boolean {
                self.wrong(field.value, "`insecure_skip_verify`", "`true` or `false` without quotes");
            } else if field.name() != "insecure_skip_verify" && TLS_KEYS.contains(&field.name().as_ref()) {
                self.text(field);
            }
        }
    }

    fn wrong(&mut self, node: NodeRef<'_>, what: &str, wanted: &str) {
        let written = self.file.source.text().get(node.span().range()).unwrap_or_default();
        if looks_templated(written) || template_mark(written).is_some() {
            return;
        }
        let found = match node.kind() {
            Kind::Mapping => "a mapping".to_owned(),
            Kind::Sequence => "a list".to_owned(),
            Kind::Scalar => format!("`{}`", written.lines().next().unwrap_or_default()),
        };
        self.drafts.push(
            Draft::new(
                node.span(),
                format!(
                    "{what} is {found}: RKE2 cannot read the file, and the node waits without end \
                         for its agent configuration"
                ),
            )
            .help(format!("write {wanted}")),
        );
    }
}
