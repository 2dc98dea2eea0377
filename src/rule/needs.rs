//! Finds the keys without which a declarative rule cannot report anything, from its file alone, so that it is not
//! evaluated for subjects without them. Shared with the build script, so it must not use the rest of the crate.

use super::raw::{Entry, Raw};

/// The keys of a rule's subject of which at least one must be present for a finding: `spec.timeout` of an object,
/// `profile` of a config.yaml. Empty if there are no such keys.
pub fn needs(rule: &[Entry]) -> Vec<String> {
    let subject = field(rule, "applies").map(entries).unwrap_or_default();
    let root = match () {
        () if field(subject, "kind").is_some() => "resource",
        () if field(subject, "config").is_some() => "config",
        () => return Vec::new(),
    };
    let reader = Reader { root, rule };
    let when = list(field(rule, "when"));
    let conditions = when.iter().filter_map(|condition| reader.of_condition(condition));
    let binders = list(field(rule, "for-each")).iter().filter_map(|binder| reader.of_binder(binder));
    let cases = list(field(rule, "cases"));
    let of_case = |case: &Raw| {
        let when = list(field(entries(case), "when"));
        when.iter().filter_map(|condition| reader.of_condition(condition)).min_by_key(Vec::len)
    };
    let of_cases = (!cases.is_empty()).then(|| union(cases.iter().map(of_case))).flatten();
    // The fewer alternatives, and the deeper the keys, the fewer subjects are left.
    let all = conditions.chain(binders).chain(of_cases);
    let depth = |keys: &[String]| keys.iter().map(|key| key.matches('.').count()).min();
    all.min_by_key(|keys| (keys.len(), std::cmp::Reverse(depth(keys)))).unwrap_or_default()
}

struct Reader<'r> {
    root: &'r str,
    rule: &'r [Entry],
}

impl Reader<'_> {
    /// The keys of which a condition needs one; `None` if it may hold without any.
    fn of_condition(&self, condition: &Raw) -> Option<Vec<String>> {
        let of_part = |Entry { key, value }: &Entry| match key.as_ref() {
            "any" => union(list(Some(value)).iter().map(|one| self.of_condition(one))),
            "all" => list(Some(value)).iter().find_map(|one| self.of_condition(one)),
            key => self.key_of(key).filter(|_| !may_hold_for_absent(value)).map(|key| vec![key]),
        };
        entries(condition).iter().find_map(of_part)
    }

    /// The key that a binder needs to bind anything.
    fn of_binder(&self, binder: &Raw) -> Option<Vec<String>> {
        let [Entry { key, value }] = entries(binder) else { return None };
        let list = field(entries(value), "in").filter(|_| matches!(&**key, "each" | "parts" | "arguments"));
        let Some(Raw::Text(path)) = list else { return None };
        self.key_of(path).map(|key| vec![key])
    }

    /// The first key of a path into the subject, or its first two keys in an object.
    fn key_of(&self, path: &str) -> Option<String> {
        if let Some(name) = path.strip_prefix('$') {
            let (name, rest) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
            let Some(Raw::Text(meant)) = field(entries(field(self.rule, "let")?), name) else { return None };
            let is_path = !meant.contains(['(', '$']);
            return is_path.then(|| self.key_of(&format!("{meant}{rest}"))).flatten();
        }
        let keys = path.strip_prefix(self.root)?.strip_prefix('.')?;
        let (first, rest) = first_key(keys)?;
        let second = rest.strip_prefix('.').and_then(first_key).filter(|_| self.root == "resource");
        Some(second.map_or_else(|| first.to_owned(), |(second, _)| format!("{first}.{second}")))
    }
}

/// The plain key at the start of a path, and the rest after it. A number may be the index of an element.
fn first_key(path: &str) -> Option<(&str, &str)> {
    let (key, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    let is_plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_plain && key.starts_with(|c: char| c.is_ascii_alphabetic())).then_some((key, rest))
}

/// The keys of all alternatives; `None` if one of them needs none.
fn union(alternatives: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    let all: Vec<Vec<String>> = alternatives.collect::<Option<_>>()?;
    let mut keys = all.concat();
    keys.sort();
    keys.dedup();
    Some(keys)
}

/// Whether a predicate may hold for an absent value. Most are false for one, so their negations are true.
fn may_hold_for_absent(predicate: &Raw) -> bool {
    let may_hold = |Entry { key, value }: &Entry| match key.as_ref() {
        "not" | "none-of" => true,
        "set" | "defined" => *value != Raw::Bool(true),
        "all" => list(Some(value)).iter().all(may_hold_for_absent),
        _ => matches!(value, Raw::Text(word) if word == "invalid"),
    };
    match predicate {
        Raw::Map(parts) => parts.iter().all(may_hold),
        _ => false,
    }
}

fn field<'r>(entries: &'r [Entry], key: &str) -> Option<&'r Raw> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

fn entries(raw: &Raw) -> &[Entry] {
    match raw {
        Raw::Map(entries) => entries,
        _ => &[],
    }
}

fn list(raw: Option<&Raw>) -> &[Raw] {
    match raw {
        Some(Raw::List(items)) => items,
        _ => &[],
    }
}
