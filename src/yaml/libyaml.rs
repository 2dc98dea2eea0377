//! A safe interface to libyaml's parser. yaml.v2, the library that RKE2 uses, is a port of libyaml.
//!
//! The only module with unsafe code: `libyaml-rs` is a translation of the C library and is driven through raw pointers.
//! Its marks count bytes, unlike those of the C library.
#![expect(unsafe_code, reason = "libyaml-rs has the interface of a C library; everything unsafe is in here")]

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::NonNull;

use libyaml_rs as sys;

use super::tree::Style;

/// Reads the events, or the tokens, of one text.
pub(super) struct Parser<'t> {
    /// Never moved once initialised: libyaml keeps a pointer to it.
    raw: Box<MaybeUninit<sys::yaml_parser_t>>,
    /// libyaml reads the text until the parser is dropped.
    text: PhantomData<&'t str>,
}

/// One event with its range.
pub(super) struct Event {
    raw: sys::yaml_event_t,
    /// The range in bytes, anchor and tag included.
    pub(super) range: Range<usize>,
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventKind {
    /// The start of the text.
    StreamStart,
    /// The start of a document.
    DocumentStart,
    /// The end of a document.
    DocumentEnd,
    /// `*name`.
    Alias,
    /// A scalar.
    Scalar(Style),
    /// The start of a map.
    MappingStart,
    /// The start of a list.
    SequenceStart,
    /// The end of a map or a list.
    End,
    /// The end of the text.
    StreamEnd,
}

/// Why libyaml stopped. The messages are those of yaml.v2, as in RKE2's log.
#[derive(Debug)]
pub(super) struct Failure {
    /// What is wrong.
    pub(super) problem: &'static str,
    /// Offset in bytes.
    pub(super) at: usize,
    /// What was being parsed; may be empty.
    pub(super) context: &'static str,
    /// Where that construct starts, as an offset in bytes.
    pub(super) context_at: usize,
}

impl Failure {
    /// The offset of the mistake in bytes. What is never closed is only noticed at the end of the text; the mistake is
    /// where it begins.
    pub(super) fn place(&self, text: &str) -> usize {
        let is_open = self.problem.starts_with("found unexpected end of stream")
            || self.problem.starts_with("found unexpected document indicator")
            || self.problem.starts_with("could not find expected ':'")
            || matches!(
                self.context,
                "while scanning a tag"
                    | "while parsing a tag"
                    | "while scanning an alias"
                    | "while scanning an anchor"
            )
            || (self.context.starts_with("while parsing a flow") && self.at >= text.trim_end().len());
        if is_open { self.context_at } else { self.at }
    }
}

/// One token with its range.
#[derive(Debug)]
pub(super) struct Token {
    /// The range in bytes.
    pub(super) range: Range<usize>,
    /// Whether it is a block scalar (`|` or `>`), whose first line is its header.
    pub(super) is_block_scalar: bool,
}

impl<'t> Parser<'t> {
    /// Parses a text.
    pub(super) fn new(text: &'t str) -> Self {
        let mut raw = Box::new(MaybeUninit::uninit());
        // SAFETY: `yaml_parser_initialize` writes all of the parser and reads nothing of it; it fails only when memory
        // runs out, which ends the program. The lifetime makes the text outlive the parser.
        unsafe {
            let _ = sys::yaml_parser_initialize(raw.as_mut_ptr());
            sys::yaml_parser_set_input_string(raw.as_mut_ptr(), text.as_ptr(), text.len() as u64);
        }
        Self { raw, text: PhantomData }
    }

    /// The next event; after the last one, always [`EventKind::StreamEnd`].
    pub(super) fn event(&mut self) -> Result<Event, Failure> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: the parser was initialised in `new`. On success the event is fully written, and it is read only then.
        let raw = unsafe {
            if sys::yaml_parser_parse(self.raw.as_mut_ptr(), raw.as_mut_ptr()).fail {
                return Err(self.failure());
            }
            raw.assume_init()
        };
        let range = range(raw.start_mark, raw.end_mark);
        Ok(Event { raw, range })
    }

    /// The next token; `None` at the end.
    pub(super) fn token(&mut self) -> Result<Option<Token>, Failure> {
        let mut raw = MaybeUninit::<sys::yaml_token_t>::uninit();
        // SAFETY: as for `event`. The token is deleted once and not used afterwards; which field of the union is
        // set follows from its type.
        unsafe {
            if sys::yaml_parser_scan(self.raw.as_mut_ptr(), raw.as_mut_ptr()).fail {
                return Err(self.failure());
            }
            let mut token = raw.assume_init();
            let is_block_scalar = token.type_ == sys::YAML_SCALAR_TOKEN
                && matches!(
                    token.data.scalar.style,
                    sys::YAML_LITERAL_SCALAR_STYLE | sys::YAML_FOLDED_SCALAR_STYLE
                );
            let range = range(token.start_mark, token.end_mark);
            let is_end = token.type_ == sys::YAML_NO_TOKEN;
            sys::yaml_token_delete(&raw mut token);
            Ok((!is_end).then_some(Token { range, is_block_scalar }))
        }
    }

    fn failure(&self) -> Failure {
        // SAFETY: the parser was initialised in `new`. Its messages are NUL-terminated literals of libyaml.
        let (parser, problem, context) = unsafe {
            let parser = self.raw.assume_init_ref();
            (parser, literal(parser.problem), literal(parser.context))
        };
        let (at, context_at) = (parser.problem_mark, parser.context_mark);
        Failure {
            problem: problem.unwrap_or("cannot parse this"),
            at: at.index as usize,
            context: context.unwrap_or_default(),
            context_at: context_at.index as usize,
        }
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        // SAFETY: the parser was initialised in `new` and is not used afterwards.
        unsafe { sys::yaml_parser_delete(self.raw.as_mut_ptr()) }
    }
}

impl Event {
    /// The kind of the event.
    pub(super) fn kind(&self) -> EventKind {
        match self.raw.type_ {
            sys::YAML_STREAM_START_EVENT => EventKind::StreamStart,
            sys::YAML_DOCUMENT_START_EVENT => EventKind::DocumentStart,
            sys::YAML_DOCUMENT_END_EVENT => EventKind::DocumentEnd,
            sys::YAML_ALIAS_EVENT => EventKind::Alias,
            // SAFETY: the type says which field of the union is set.
            sys::YAML_SCALAR_EVENT => EventKind::Scalar(match unsafe { self.raw.data.scalar.style } {
                sys::YAML_SINGLE_QUOTED_SCALAR_STYLE => Style::SingleQuoted,
                sys::YAML_DOUBLE_QUOTED_SCALAR_STYLE => Style::DoubleQuoted,
                sys::YAML_LITERAL_SCALAR_STYLE => Style::Literal,
                sys::YAML_FOLDED_SCALAR_STYLE => Style::Folded,
                _ => Style::Plain,
            }),
            sys::YAML_SEQUENCE_START_EVENT => EventKind::SequenceStart,
            sys::YAML_MAPPING_START_EVENT => EventKind::MappingStart,
            sys::YAML_SEQUENCE_END_EVENT | sys::YAML_MAPPING_END_EVENT => EventKind::End,
            _ => EventKind::StreamEnd,
        }
    }

    /// The text of a scalar with escapes and folding resolved; empty for other events.
    pub(super) fn text(&self) -> &str {
        if self.raw.type_ != sys::YAML_SCALAR_EVENT {
            return "";
        }
        // SAFETY: a scalar has `length` bytes at `value`, which live as long as the event.
        let bytes = unsafe {
            let scalar = &self.raw.data.scalar;
            std::slice::from_raw_parts(scalar.value, scalar.length as usize)
        };
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The name after `&`, or the name of an alias.
    pub(super) fn anchor(&self) -> Option<&str> {
        // SAFETY: the type says which field of the union is set; names end with a NUL and live as long as the event.
        unsafe {
            let data = &self.raw.data;
            name(match self.raw.type_ {
                sys::YAML_ALIAS_EVENT => data.alias.anchor,
                sys::YAML_SCALAR_EVENT => data.scalar.anchor,
                sys::YAML_SEQUENCE_START_EVENT => data.sequence_start.anchor,
                sys::YAML_MAPPING_START_EVENT => data.mapping_start.anchor,
                _ => return None,
            })
        }
    }

    /// The tag in its long form (`tag:yaml.org,2002:int` for `!!int`).
    pub(super) fn tag(&self) -> Option<&str> {
        // SAFETY: as for `anchor`.
        unsafe {
            let data = &self.raw.data;
            name(match self.raw.type_ {
                sys::YAML_SCALAR_EVENT => data.scalar.tag,
                sys::YAML_SEQUENCE_START_EVENT => data.sequence_start.tag,
                sys::YAML_MAPPING_START_EVENT => data.mapping_start.tag,
                _ => return None,
            })
        }
    }

    /// The version that a `%YAML` line at the start of a document asks for.
    pub(super) fn version(&self) -> Option<(i32, i32)> {
        if self.raw.type_ != sys::YAML_DOCUMENT_START_EVENT {
            return None;
        }
        // SAFETY: the type says which field of the union is set; the pointer is null or valid like the event.
        unsafe {
            let version = NonNull::new(self.raw.data.document_start.version_directive)?;
            let version = version.as_ref();
            Some((version.major, version.minor))
        }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the event came from the parser and is not used afterwards.
        unsafe { sys::yaml_event_delete(&raw mut self.raw) }
    }
}

/// A string literal of libyaml.
///
/// # Safety
///
/// The pointer is null or points to a NUL-terminated literal.
unsafe fn literal(text: *const i8) -> Option<&'static str> {
    let text = NonNull::new(text.cast_mut())?;
    // SAFETY: guaranteed by the caller.
    unsafe { CStr::from_ptr(text.as_ptr().cast_const().cast::<c_char>()) }.to_str().ok()
}

/// A name that an event owns.
///
/// # Safety
///
/// The pointer is null or points to a NUL-terminated string that lives for `'a`.
unsafe fn name<'a>(text: *mut u8) -> Option<&'a str> {
    let text = NonNull::new(text)?;
    // SAFETY: guaranteed by the caller.
    unsafe { CStr::from_ptr(text.as_ptr().cast_const().cast::<c_char>()) }.to_str().ok()
}

fn range(start: sys::yaml_mark_t, end: sys::yaml_mark_t) -> Range<usize> {
    start.index as usize..end.index as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<(EventKind, Range<usize>, String)> {
        let mut parser = Parser::new(text);
        let mut events = Vec::new();
        while let Ok(event) = parser.event() {
            if event.kind() == EventKind::StreamEnd {
                break;
            }
            events.push((event.kind(), event.range.clone(), event.text().to_owned()));
        }
        events
    }

    #[test]
    fn places_count_bytes() {
        let scalars: Vec<_> = events("ä: 漢\r\nb: \"\\u00e9\"\n")
            .into_iter()
            .filter(|(kind, ..)| matches!(kind, EventKind::Scalar(_)))
            .map(|(_, range, text)| (range, text))
            .collect();
        let expected = [(0..2, "ä"), (4..7, "漢"), (9..10, "b"), (12..20, "é")]
            .map(|(range, text)| (range, text.to_owned()));
        assert_eq!(scalars, expected);
    }

    #[test]
    fn a_failure_has_words_and_places() {
        let text = "ä: \"b\n";
        let mut parser = Parser::new(text);
        let failure = std::iter::from_fn(|| Some(parser.event())).find_map(Result::err).unwrap();
        assert_eq!(failure.problem, "found unexpected end of stream");
        assert_eq!((failure.context, failure.context_at), ("while scanning a quoted scalar", 4));
        assert_eq!(failure.at, text.len());
        // After an error, a further call neither fails nor continues.
        assert_eq!(parser.event().unwrap().kind(), EventKind::StreamEnd);
    }

    #[test]
    fn names_and_versions_are_read() {
        let text = "%YAML 1.2\n--- !!str &a b\n";
        let mut parser = Parser::new(text);
        let mut versions = Vec::new();
        let mut names = Vec::new();
        loop {
            let event = parser.event().unwrap();
            versions.extend(event.version());
            names.extend(event.anchor().map(str::to_owned).into_iter().chain(event.tag().map(str::to_owned)));
            if event.kind() == EventKind::StreamEnd {
                break;
            }
        }
        assert_eq!(versions, [(1, 2)]);
        assert_eq!(names, ["a", "tag:yaml.org,2002:str"]);
    }
}
