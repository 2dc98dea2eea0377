//! config.yaml and its drop-ins: no assignment is lost, and each one is effective when it should be.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rke2_lint::rke2::config::{Merged, merge};
use rke2_lint::rke2::values::{ValueLayers, Written};
use rke2_lint::source::Sources;
use rke2_lint::yaml::{Document, Entry, Kind, NodeRef, Stream};
use rke2_lint_fuzz::sections::sections;

fuzz_target!(|data: &[u8]| {
    let streams: Vec<Stream> = sections(data)
        .iter()
        .enumerate()
        .map(|(index, (_, bytes))| {
            let text: Arc<str> = String::from_utf8_lossy(bytes).into();
            Stream::parse(Sources::id_at(index), &text)
        })
        .collect();
    let roots: Vec<NodeRef<'_>> =
        streams.iter().filter_map(|stream| stream.documents().next().and_then(Document::root)).collect();
    let merged = merge(roots.iter().copied());
    assert_complete(&roots, &merged);
    for at in 0..roots.len() {
        assert_prefix(&roots, at, &merged);
    }
    assert_settings(&merged);
    assert_layers(&roots);
});

/// Every assignment is either effective or recorded as overwritten, exactly once.
fn assert_complete(roots: &[NodeRef<'_>], merged: &Merged<'_>) {
    let place = |entry: &Entry<'_>| (entry.key.span(), entry.value.span());
    let mut written: Vec<_> = roots
        .iter()
        .flat_map(|root| root.entries())
        .filter(|entry| !entry.is_merge())
        .map(|entry| place(&entry))
        .collect();
    let in_force = merged.settings.iter().flat_map(|setting| &setting.entries);
    let lost = merged.overwritten.iter().flat_map(|overwrite| &overwrite.earlier);
    let mut accounted: Vec<_> = in_force.chain(lost).map(place).collect();
    written.sort();
    accounted.sort();
    assert_eq!(written, accounted);
    for (index, setting) in merged.settings.iter().enumerate() {
        assert!(merged.settings[..index].iter().all(|other| other.key != setting.key), "{:?}", setting.key);
        assert!(merged.get(&setting.key).is_some_and(|found| std::ptr::eq(found, setting)));
        // Only the first entry may lack a `+`.
        assert!(setting.entries.iter().skip(1).all(|entry| entry.name().ends_with('+')));
    }
}

/// Keys that later files do not set keep the value of the earlier files.
fn assert_prefix(roots: &[NodeRef<'_>], at: usize, merged: &Merged<'_>) {
    let (earlier, later) = roots.split_at(at);
    let (earlier, later) = (merge(earlier.iter().copied()), merge(later.iter().copied()));
    for setting in &merged.settings {
        let found = match (earlier.get(&setting.key), later.get(&setting.key)) {
            (Some(earlier), None) => earlier,
            // If the first later assignment lacks a `+`, it replaces the earlier ones.
            (_, Some(later)) if !later.entries[0].name().ends_with('+') => later,
            (None, Some(later)) => later,
            _ => continue,
        };
        let arguments = |setting: &rke2_lint::rke2::config::Setting<'_>| -> Vec<Option<String>> {
            setting.arguments().map(|(_, text)| text.map(std::borrow::Cow::into_owned)).collect()
        };
        assert_eq!(arguments(setting), arguments(found), "{:?}", setting.key);
        assert_eq!(setting.is_list, found.is_list, "{:?}", setting.key);
    }
}

fn assert_settings(merged: &Merged<'_>) {
    for setting in &merged.settings {
        assert!(setting.is_list || setting.values.len() == 1, "{:?}", setting.key);
        assert_eq!(setting.is_literal(), setting.literals().count() == setting.values.len());
        for (node, text) in setting.arguments() {
            match text {
                Some(text) => assert_eq!(text.trim(), text),
                None => assert!(node.kind() != Kind::Scalar),
            }
        }
        for (_, part) in setting.parts() {
            assert!(!part.is_empty() && part == part.trim() && !part.contains(','), "{part:?}");
        }
        assert!(setting.raw_parts().len() >= setting.literals().count());
    }
    for overwrite in &merged.overwritten {
        assert!(!overwrite.earlier.is_empty());
        let lost = overwrite.lost();
        assert!(lost.is_none_or(|lost| lost.len() <= overwrite.earlier.iter().map(elements).sum()));
        let _ = (overwrite.of_appended(), overwrite.in_one_file());
    }
}

fn elements(entry: &Entry<'_>) -> usize {
    if entry.value.kind() == Kind::Sequence { entry.value.items().len() } else { 1 }
}

/// The same texts as layers of chart values: the last layer that sets a key is effective.
fn assert_layers(roots: &[NodeRef<'_>]) {
    let layers = ValueLayers { layers: roots.to_vec(), ..ValueLayers::default() };
    for name in layers.children(&[]).iter().take(50) {
        let last = roots.iter().rev().find_map(|root| root.entry(name));
        match (layers.lookup(&[name.as_ref()]), last) {
            (Written::Entry(found), Some(last)) => assert_eq!(found.key.span(), last.key.span(), "{name:?}"),
            (Written::Absent(None), None) => {}
            (found, last) => panic!("{name:?}: {found:?}, not {last:?}"),
        }
    }
}
