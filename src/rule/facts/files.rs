//! Derived facts about files: their names, errors in their text, and the files next to them. Produces no findings.

use std::borrow::Cow;

use super::{FactDef, FactType, fact, truth};
use crate::cluster::fact::{Datum, Fact, Item};
use crate::cluster::server::unread_reason;
use crate::rke2::addon::addon_name;
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rule::context::{Context, Target};
use crate::source::Span;
use crate::yaml::{Entry, NodeRef, SyntaxErrorKind};

/// The maximum number of characters of a text that are shown.
const SHOWN: usize = 40;

/// The fields of a drop-in.
const DROP_IN: &[&str] = &["name", "first-key", "dangling"];
/// The fields of a file that RKE2 does not read.
const UNREAD: &[&str] = &["name", "first-key", "dangling", "reason"];

/// Facts about files.
pub static FACTS: &[FactDef] = &[
    fact("file.stem", FactType::Text, "the name of the subject's file without `.yaml`", |context, _| {
        of_file(context, |file| addon_name(file.name()))
    }),
    fact("file.name", FactType::Text, "the name of the subject's file", |context, _| {
        of_file(context, RkeFile::name)
    }),
    fact("file.path", FactType::Text, "the path of the subject's file", |context, _| {
        of_file(context, RkeFile::path)
    }),
    fact("file.folder", FactType::Text, "the folder of the subject's file", |context, _| {
        of_file(context, RkeFile::folder)
    }),
    fact(
        "file.syntax-error",
        FactType::OneOf(&["syntax", "decode", "tab", "control-character", "json", "encoding", "limit"]),
        "the kind of the first error in the text of the subject's file, at its place; absent without one",
        |context, _| {
            let Some(file) = context.file() else { return Fact::Unknown };
            let Some(error) = file.stream.first_error() else { return Fact::Absent(None) };
            let kind = match error.kind {
                SyntaxErrorKind::Syntax => "syntax",
                SyntaxErrorKind::Decode => "decode",
                SyntaxErrorKind::Tab => "tab",
                SyntaxErrorKind::ControlCharacter => "control-character",
                SyntaxErrorKind::Json => "json",
                SyntaxErrorKind::Encoding => "encoding",
                SyntaxErrorKind::Limit => "limit",
            };
            Fact::written(Datum::Text(Cow::Borrowed(kind)), error.span)
        },
    ),
    fact(
        "file.json-error",
        FactType::Text,
        "the error in a document of the subject's file that starts with `{` but is not strict JSON; absent without one",
        |context, _| {
            let Some(file) = context.file() else { return Fact::Unknown };
            let error = file.stream.chunks.iter().find_map(|chunk| chunk.json_error.as_ref());
            error.map_or(Fact::Absent(None), |error| {
                Fact::written(Datum::Text(Cow::Borrowed(&error.message)), error.span)
            })
        },
    ),
    fact(
        "file.separator-text",
        FactType::Text,
        "the text after a separator `---` in the subject's file, at most 40 characters; absent without one",
        |context, _| {
            let Some(file) = context.file() else { return Fact::Unknown };
            let Some(at) = file.stream.chunks.iter().find_map(|chunk| chunk.separator_text) else {
                return Fact::Absent(None);
            };
            let written = file.source.text().get(at.range()).unwrap_or_default();
            Fact::written(Datum::Text(written.chars().take(SHOWN).collect::<String>().into()), at)
        },
    ),
    fact(
        "file.dropped-text",
        FactType::Records(&["after"]),
        "the texts of the subject's file that are dropped because they follow the end of a document; `after` says what they follow",
        |context, _| {
            let Some(file) = context.file() else { return Fact::Unknown };
            let record = |at: Span| {
                let before = file.source.text().get(..at.start as usize).unwrap_or_default();
                let end = if before.trim_end().ends_with("...") {
                    "the document end marker `...`"
                } else {
                    "the end of the document"
                };
                let after = Item { value: Datum::Text(Cow::Borrowed(end)), at: None };
                Item { value: Datum::Map(vec![(Cow::Borrowed("after"), after)]), at: Some(at) }
            };
            let dropped = file.stream.chunks.iter().filter_map(|chunk| chunk.trailing);
            Fact::default(Datum::List(dropped.map(record).collect()))
        },
    ),
    fact(
        "file.dangling-link",
        FactType::Bool,
        "whether the subject's file is a symlink without a target",
        |context, _| {
            context.file().map_or(Fact::Unknown, |file| truth(file.content == Content::DanglingLink))
        },
    ),
    fact(
        "file.template",
        FactType::Bool,
        "whether the subject's file contains placeholders",
        |context, _| context.file().map_or(Fact::Unknown, |file| truth(file.is_template())),
    ),
    fact(
        "file.applied-as-is",
        FactType::Bool,
        "whether RKE2 reads the subject manifest file unchanged: it is in a manifests directory, and no kustomization or Fleet bundle changes it",
        |context, _| match context.target {
            Target::Object { manifest, .. } | Target::File(manifest) => truth(manifest.is_deployed_as_is()),
            _ => Fact::Unknown,
        },
    ),
    fact(
        "node.drop-ins",
        FactType::Records(DROP_IN),
        "the drop-ins of the configuration in reading order; `first-key` is absent in an empty one",
        |context, _| {
            let Some(node) = context.node() else { return Fact::Unknown };
            files(node.drop_ins.iter().map(|file| (*file, None)))
        },
    ),
    fact(
        "node.merge-keys",
        FactType::List,
        "the merge keys `<<` at the top level of the configuration's files that can be read",
        |context, _| {
            let Some(node) = context.node() else { return Fact::Unknown };
            let read = node.files().filter(|file| file.first_document_error().is_none());
            let entries = read.filter_map(RkeFile::first_root).flat_map(NodeRef::entries);
            let merge = |entry: Entry<'_>| Item {
                value: Datum::Text(Cow::Borrowed("<<")),
                at: Some(entry.key.span()),
            };
            Fact::default(Datum::List(entries.filter(Entry::is_merge).map(merge).collect()))
        },
    ),
    fact(
        "cluster.unread-files",
        FactType::Records(UNREAD),
        "the files next to the drop-ins that RKE2 does not read, with the reason",
        |context, _| {
            let unread = context.cluster.unread.iter();
            files(unread.filter_map(|file| Some((*file, Some(unread_reason(file)?)))))
        },
    ),
];

fn of_file<'a>(context: &Context<'_, 'a>, part: fn(&'a RkeFile) -> &'a str) -> Fact<'a> {
    let Some(file) = context.file() else { return Fact::Unknown };
    Fact::written(Datum::Text(Cow::Borrowed(part(file))), Span::file_start(file.id))
}

/// A list of files; each is located at its start.
fn files<'a>(list: impl Iterator<Item = (&'a RkeFile, Option<&'static str>)>) -> Fact<'a> {
    let record = |(file, reason): (&'a RkeFile, Option<&'static str>)| {
        let field = |name, value, at| (Cow::Borrowed(name), Item { value, at });
        let mut fields = vec![
            field("name", Datum::Text(Cow::Borrowed(file.name())), None),
            field("dangling", Datum::Bool(file.content == Content::DanglingLink), None),
        ];
        if let Some(first) = file.first_root().and_then(|root| root.entries().next()) {
            fields.push(field("first-key", Datum::Text(first.name()), Some(first.key.span())));
        }
        fields.extend(reason.map(|reason| field("reason", Datum::Text(Cow::Borrowed(reason)), None)));
        Item { value: Datum::Map(fields), at: Some(Span::file_start(file.id)) }
    };
    Fact::default(Datum::List(list.map(record).collect()))
}
