//! What yaml.v2 rejects when it decodes a document: tags that do not match, and merges of something other
//! than a map.

use super::build::Failure;
use super::resolve::misfit;
use super::stream::SyntaxErrorKind;
use super::tree::{Content, Document, NodeId, is_merge_key};

/// The first decoding error, in the order of the text.
pub(super) fn failure(document: &Document) -> Option<Failure> {
    let tags = document.nodes.iter().filter_map(|node| {
        let Content::Scalar { text, tag: Some(tag), .. } = &node.content else { return None };
        let message = misfit(document.str(text), *tag)?;
        Some((node.start, message))
    });
    let merges = document
        .entries
        .iter()
        .filter(|&&(key, value)| is_merge_key(document, key) && !is_mergeable(document, value));
    let merges = merges.map(|&(key, _)| {
        (
            document.nodes[key.0 as usize].start,
            "map merge requires map or sequence of maps as the value".to_owned(),
        )
    });
    let (at, message) = tags.chain(merges).min_by_key(|(at, _)| *at)?;
    Some(Failure { kind: SyntaxErrorKind::Decode, message, at: at as usize })
}

/// Whether a node is a map, an alias of one, or a list of these.
fn is_mergeable(document: &Document, id: NodeId) -> bool {
    let content = |id: NodeId| &document.nodes[id.0 as usize].content;
    let is_mapping = |id: NodeId| match content(id) {
        Content::Alias(target) => matches!(content(*target), Content::Mapping { .. }),
        content => matches!(content, Content::Mapping { .. }),
    };
    match content(id) {
        Content::Sequence { first, len } => {
            document.items[*first as usize..(first + len) as usize].iter().all(|&item| is_mapping(item))
        }
        _ => is_mapping(id),
    }
}
