//! `registries/decode-error`: a registries.yaml that does not fit the types RKE2 reads it into.

use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, Kind, NodeRef, Value, looks_templated, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    if matches!(file.content, Content::Templated | Content::DanglingLink) {
        return;
    }
    let first = file.stream.chunks.iter().find(|chunk| chunk.document.is_some() || chunk.error.is_some());
    if let Some(error) = first.and_then(|chunk| chunk.error.as_ref()) {
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
                "rewrite" => walk.texts(entry),
                _ => {}
            }
        }
    }
    for host in walk.mapping(root.entry("auths"), "`auths`") {
        walk.texts(host);
    }
    for host in walk.mapping(root.entry("configs"), "`configs`") {
        for entry in walk.mapping(Some(host), &format!("`{}`", host.name())) {
            match entry.name().as_ref() {
                "auth" => walk.texts(entry),
                "tls" => walk.tls(entry),
                _ => {}
            }
        }
    }
}

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

    fn texts(&mut self, entry: Entry<'a>) {
        for field in self.mapping(Some(entry), &format!("`{}`", entry.name())) {
            if field.value.kind() != Kind::Scalar {
                self.wrong(field.value, &format!("`{}`", field.name()), "text");
            }
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
            } else if field.name() != "insecure_skip_verify" && field.value.kind() != Kind::Scalar {
                self.wrong(field.value, &format!("`{}`", field.name()), "text");
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
