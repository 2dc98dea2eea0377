//! YAML as RKE2's Go libraries read it, with the exact place of every node. This module must not know RKE2.
//!
//! A file is split into chunks at `---` lines ([`Stream`]), and each chunk becomes a [`Document`]: an arena of nodes
//! that is read through [`NodeRef`]. Scalars keep their text and style; [`NodeRef::value`] resolves them by the rules
//! of yaml.v2. A document inside a scalar ([`embedded`]) reports places in the outer file.

mod advice;
mod blanks;
mod build;
mod decode;
mod dialect;
mod embed;
mod fast;
mod go;
mod keys;
mod libyaml;
mod resolve;
mod stream;
mod template;
mod tree;

pub use advice::{advice, decode_help, plain_words};
pub use build::INCOMPATIBLE_DOCUMENT;
pub use embed::{Embedded, embedded};
pub use go::{format_float, to_json_key};
pub use resolve::{Value, resolve};
pub use stream::{Chunk, Stream, SyntaxError, SyntaxErrorKind, comment_ranges, json_error};
pub use template::{
    MarkKind, TemplateMark, constant_token, is_mask, looks_templated, mask, may_hold_mark, template_mark,
};
pub use tree::{Document, Entry, Handle, Kind, NodeRef, Style, Tag};
