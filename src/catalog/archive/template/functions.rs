//! For each template function: does it read its argument, index into it, or pass it on? Unknown functions pass
//! everything on. Must not follow templates.

use std::collections::{BTreeMap, BTreeSet};

use super::abstraction::{Abstract, Thing};
use super::walk::Walk;
use crate::catalog::attr::Flags;
use crate::catalog::chart::ANY;

/// Functions that read scalars and do not return any of the values.
const READERS: &[&str] = &[
    "abbrev",
    "add",
    "add1",
    "adler32sum",
    "atoi",
    "b32enc",
    "b64dec",
    "b64enc",
    "bool",
    "camelcase",
    "cat",
    "ceil",
    "contains",
    "div",
    "duration",
    "empty",
    "eq",
    "fail",
    "float64",
    "floor",
    "ge",
    "gt",
    "hasPrefix",
    "hasSuffix",
    "html",
    "htpasswd",
    "indent",
    "int",
    "int64",
    "kebabcase",
    "le",
    "len",
    "lookup",
    "lower",
    "lt",
    "max",
    "min",
    "mod",
    "mul",
    "ne",
    "nindent",
    "nospace",
    "not",
    "now",
    "plural",
    "print",
    "printf",
    "println",
    "quote",
    "randAlphaNum",
    "regexFind",
    "regexMatch",
    "regexReplaceAll",
    "regexReplaceAllLiteral",
    "repeat",
    "replace",
    "round",
    "semver",
    "semverCompare",
    "seq",
    "sha1sum",
    "sha256sum",
    "snakecase",
    "split",
    "splitList",
    "splitn",
    "squote",
    "sub",
    "substr",
    "title",
    "toDecimal",
    "toString",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trunc",
    "until",
    "untilStep",
    "upper",
    "urlParse",
    "urlquery",
    "wrap",
];

/// Evaluates a function, and records what it does with its arguments.
pub(super) fn apply(walk: &mut Walk<'_>, name: &str, mut arguments: Vec<Abstract>) -> Abstract {
    match name {
        "index" | "get" => path(walk, arguments),
        "hasKey" | "unset" => {
            let map = arguments.first().cloned().unwrap_or_default();
            let value = path(walk, arguments);
            walk.read(&value);
            if name == "unset" { map } else { Abstract::nothing() }
        }
        "dig" => dig(walk, arguments),
        "pluck" => {
            let key = if arguments.is_empty() { Abstract::nothing() } else { arguments.remove(0) };
            let found = arguments
                .into_iter()
                .fold(Abstract::nothing(), |found, map| found.union(child(walk, &map, &key)));
            Abstract::from(Thing::List(found))
        }
        "default" | "coalesce" | "or" | "and" | "ternary" | "concat" => {
            let all = union(arguments);
            walk.read(&all);
            if name == "concat" { all.shuffled() } else { all }
        }
        "merge" | "mergeOverwrite" | "mustMerge" | "mustMergeOverwrite" => merge(walk, arguments),
        "required" | "deepCopy" | "mustDeepCopy" | "omit" | "pick" | "compact" | "uniq" | "reverse"
        | "rest" | "initial" | "without" | "sortAlpha" | "mustUniq" | "mustCompact" => {
            let value = match name {
                "without" | "omit" | "pick" => arguments.first(),
                _ => arguments.last(),
            };
            let value = value.cloned().unwrap_or_default();
            walk.read(&union(arguments));
            if name == "required" { value } else { value.shuffled() }
        }
        "append" | "prepend" | "mustAppend" | "mustPrepend" => {
            let added = arguments.split_off(arguments.len().min(1));
            union(arguments).shuffled().union(Abstract::from(Thing::List(union(added))))
        }
        "list" | "tuple" => Abstract::from(Thing::Tuple(arguments)),
        "first" | "last" | "mustFirst" | "mustLast" => {
            let list = union(arguments);
            walk.read(&list);
            list.any_field()
        }
        "dict" => dict(&arguments),
        "set" => set(walk, arguments),
        "include" => {
            let context = arguments.get(1).cloned().unwrap_or_default();
            walk.call(&arguments.into_iter().next().unwrap_or_default(), &context);
            Abstract::nothing()
        }
        "tpl" => {
            let context = arguments.get(1).cloned().unwrap_or_default();
            walk.evaluate(&arguments.into_iter().next().unwrap_or_default(), &context);
            Abstract::nothing()
        }
        "kindIs" | "kindOf" | "typeIs" | "typeIsLike" | "typeOf" => {
            let value = union(arguments);
            walk.read(&value);
            walk.flag(&value, Flags::POLYMORPHIC);
            Abstract::nothing()
        }
        _ if READERS.contains(&name) => {
            for argument in &arguments {
                walk.read(argument);
            }
            // The contents of a file remain file contents.
            let files = union(arguments).0.into_iter();
            let files = files.filter(|thing| matches!(thing, Thing::Files | Thing::File(_)));
            Abstract(files.collect())
        }
        _ => {
            for argument in &arguments {
                walk.open(argument);
            }
            Abstract::nothing()
        }
    }
}

fn union(values: Vec<Abstract>) -> Abstract {
    values.into_iter().fold(Abstract::nothing(), Abstract::union)
}

/// The value under a key, which may be known or not.
fn child(walk: &mut Walk<'_>, map: &Abstract, key: &Abstract) -> Abstract {
    if let Some(keys) = key.texts() {
        return keys.into_iter().fold(Abstract::nothing(), |found, key| found.union(map.field(key)));
    }
    walk.read(key);
    map.any_field()
}

/// Evaluates `index map "a" "b"`.
fn path(walk: &mut Walk<'_>, arguments: Vec<Abstract>) -> Abstract {
    let mut arguments = arguments.into_iter();
    let map = arguments.next().unwrap_or_default();
    arguments.fold(map, |map, key| child(walk, &map, &key))
}

/// Evaluates `dig "a" "b" default map`.
fn dig(walk: &mut Walk<'_>, mut arguments: Vec<Abstract>) -> Abstract {
    let map = arguments.pop().unwrap_or_default();
    let default = arguments.pop().unwrap_or_default();
    arguments.into_iter().fold(map, |map, key| child(walk, &map, &key)).union(default)
}

/// Evaluates `dict "a" 1 "b" 2`.
fn dict(arguments: &[Abstract]) -> Abstract {
    let mut entries: BTreeMap<String, Abstract> = BTreeMap::new();
    for pair in arguments.chunks(2) {
        let [key, value] = pair else { continue };
        for key in key.texts().unwrap_or_else(|| vec![ANY]) {
            let entry = entries.entry(key.to_owned()).or_default();
            *entry = std::mem::take(entry).union(value.clone());
        }
    }
    Abstract::from(Thing::Dict(entries))
}

/// Evaluates `merge to from`. If the destination is part of the values, its keys include those of the others wherever
/// it is read, so the others are opened.
fn merge(walk: &mut Walk<'_>, arguments: Vec<Abstract>) -> Abstract {
    let into_place = arguments
        .first()
        .is_some_and(|first| first.0.iter().any(|thing| matches!(thing, Thing::Place(_) | Thing::Root)));
    if into_place {
        arguments.iter().skip(1).for_each(|from| walk.open(from));
    }
    let all = union(arguments);
    walk.read(&all);
    all
}

/// Evaluates `set map "key" value`. The map changes wherever it is used, so the value cannot be followed from here on.
fn set(walk: &mut Walk<'_>, arguments: Vec<Abstract>) -> Abstract {
    let (map, _, value) = overwrite(walk, arguments);
    walk.open(&value);
    map
}

/// Like [`set`], for a map in a variable; returns the new contents of the variable.
pub(super) fn set_held(walk: &mut Walk<'_>, arguments: Vec<Abstract>) -> Abstract {
    let (map, key, value) = overwrite(walk, arguments);
    let mut entries: BTreeMap<String, Abstract> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for thing in map.0 {
        match thing {
            Thing::Dict(known) => {
                for (key, value) in known {
                    let entry = entries.entry(key).or_default();
                    *entry = std::mem::take(entry).union(value);
                }
            }
            other => {
                others.insert(other);
            }
        }
    }
    for key in key.texts().unwrap_or_else(|| vec![ANY]) {
        let entry = entries.entry(key.to_owned()).or_default();
        *entry = std::mem::take(entry).union(value.clone());
    }
    others.insert(Thing::Dict(entries));
    Abstract(others)
}

/// Records that a key of a map is overwritten; returns the map, the key and the value.
fn overwrite(walk: &mut Walk<'_>, arguments: Vec<Abstract>) -> (Abstract, Abstract, Abstract) {
    let mut arguments = arguments.into_iter();
    let mut next = || arguments.next().unwrap_or_default();
    let (map, key, value) = (next(), next(), next());
    let written = child(walk, &map, &key);
    walk.flag(&written, Flags::OVERWRITTEN);
    (map, key, value)
}
