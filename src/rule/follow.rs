//! Follows the steps of a path from a node or a value. Everything under a template placeholder is unknown.

use super::path::Step;
use crate::cluster::fact::{Datum, Fact, Found, Item};
use crate::yaml::NodeRef;

/// Evaluates a path in a document. A numeric key also addresses a list element.
pub(super) fn node_fact<'a>(root: NodeRef<'a>, steps: &[Step]) -> Fact<'a> {
    let mut node = root;
    let mut near = None;
    for (index, step) in steps.iter().enumerate() {
        if node.is_opaque() {
            return Fact::Unknown;
        }
        let key = match step {
            Step::Key(key) => Some(key),
            Step::Index(_) => None,
            Step::Every | Step::Argument(_) | Step::Name(_) | Step::ArgumentOf(_) => {
                let place = near.unwrap_or_else(|| node.span());
                return follow(Fact::written(Datum::of(node), place), &steps[index..]);
            }
        };
        let number = || match step {
            Step::Index(number) => Some(*number),
            _ => key.and_then(|key| key.parse().ok()),
        };
        if let Some(entry) = key.and_then(|key| node.entry(key)) {
            near = Some(if index + 1 == steps.len() { entry.label_span() } else { entry.key.span() });
            node = entry.value;
        } else if let Some(item) = node.items().next().and_then(|_| node.items().nth(number()?)) {
            near = Some(item.span());
            node = item;
        } else {
            return Fact::Absent(near);
        }
    }
    Fact::written(Datum::of(node), near.unwrap_or_else(|| node.span()))
}

/// Follows steps under a value to a single value, or, after an unbound wildcard, to a list of all matches.
pub(super) fn follow<'a>(mut fact: Fact<'a>, steps: &[Step]) -> Fact<'a> {
    for (index, step) in steps.iter().enumerate() {
        let Fact::Known(found) = fact else { return fact };
        let item = match (step, found.value) {
            (_, Datum::Opaque) => return Fact::Unknown,
            (Step::Key(key), Datum::Map(entries)) => {
                entries.into_iter().find(|(name, _)| name == key).map(|(_, item)| item)
            }
            (Step::Index(number), Datum::List(items)) => items.into_iter().nth(*number),
            (Step::Every, value) => return spread(Item { value, at: found.at }, &steps[index..]),
            _ => None,
        };
        fact = match item {
            None => return Fact::Absent(found.at),
            Some(Item { value: Datum::Opaque, .. }) => return Fact::Unknown,
            Some(Item { value, at }) => Fact::Known(Found { value, at: at.or(found.at) }),
        };
    }
    fact
}

/// All elements to which steps with wildcards lead, as one list. Everything under an opaque element is opaque.
fn spread<'a>(start: Item<'a>, steps: &[Step]) -> Fact<'a> {
    let place = start.at;
    let mut items = vec![start];
    for step in steps {
        items = items
            .into_iter()
            .flat_map(|item| match (step, item.value) {
                (_, Datum::Opaque) => vec![Item { value: Datum::Opaque, at: item.at }],
                (Step::Every, Datum::List(items)) => items,
                (Step::Every, Datum::Map(entries)) => entries.into_iter().map(|(_, item)| item).collect(),
                (Step::Key(key), Datum::Map(entries)) => {
                    entries.into_iter().filter(|(name, _)| name == key).map(|(_, item)| item).collect()
                }
                _ => Vec::new(),
            })
            .collect();
    }
    Fact::Known(Found { at: items.first().and_then(|item| item.at).or(place), value: Datum::List(items) })
}

#[cfg(test)]
mod tests {
    use super::super::path::Path;
    use super::*;

    fn text(text: &'static str) -> Item<'static> {
        Item { value: Datum::Text(text.into()), at: None }
    }

    fn map(entries: Vec<(&'static str, Item<'static>)>) -> Item<'static> {
        let entries = entries.into_iter().map(|(name, item)| (name.into(), item)).collect();
        Item { value: Datum::Map(entries), at: None }
    }

    fn steps(path: &str) -> Vec<Step> {
        Path::parse(&format!("resource.{path}")).unwrap().steps
    }

    #[test]
    fn a_path_leads_to_a_value_to_nothing_or_to_what_nobody_knows() {
        let opaque = Item { value: Datum::Opaque, at: None };
        let pools = vec![map(vec![("cidr", text("a"))]), opaque.clone(), map(vec![("name", text("b"))])];
        let pools = Item { value: Datum::List(pools), at: None };
        let root = map(vec![("pools", pools), ("host", opaque), ("port", text("1"))]).value;
        let fact = |steps: &[Step]| follow(Fact::default(root.clone()), steps);
        assert_eq!(fact(&steps("port")).value(), Some(&Datum::Text("1".into())));
        assert!(matches!(fact(&steps("name")), Fact::Absent(_)));
        assert!(matches!(fact(&steps("port.name")), Fact::Absent(_)));
        assert!(matches!(fact(&steps("host")), Fact::Unknown));
        assert!(matches!(fact(&steps("host.name")), Fact::Unknown));
        let below =
            |index, key: &str| fact(&[Step::Key("pools".into()), Step::Index(index), Step::Key(key.into())]);
        assert_eq!(below(0, "cidr").value(), Some(&Datum::Text("a".into())));
        assert!(matches!(below(1, "cidr"), Fact::Unknown));
        assert!(matches!(below(2, "cidr"), Fact::Absent(_)));
        assert!(matches!(below(3, "cidr"), Fact::Absent(_)));
        // The opaque element may have the key.
        let all = fact(&steps("pools[*].cidr"));
        assert_eq!(all.value().unwrap().elements(), [&Datum::Text("a".into()), &Datum::Opaque]);
    }
}
