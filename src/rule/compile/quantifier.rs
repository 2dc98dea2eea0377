//! Compiles conditions over other items of the cluster: `some`, `none`, `count`, `unique`.

use super::condition::{condition, predicate};
use super::fields::{Fields, Place, map_of, text};
use super::{Outcome, Scope, types};
use crate::rule::body::{Collection, Condition, Quantified, Quantifier};
use crate::rule::names::Meaning;
use crate::rule::path::{Path, Root};
use crate::rule::raw::{Entry, Raw};

/// The things that a quantifier may range over.
const THINGS: [&str; 4] = ["object", "node", "host", "registries"];

pub(super) fn quantified(name: &str, raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Condition> {
    let mut fields = Fields::new(raw, *place)?;
    let found = THINGS.iter().find_map(|thing| fields.take(thing).map(|raw| (*thing, raw)));
    let Some((thing, asked)) = found else {
        return Err(place.error(format!("expected one of `{}`", THINGS.join("`, `"))));
    };
    let (meaning, over) = match thing {
        "object" => (Meaning::Object, Collection::Objects(kind(asked))),
        "node" => (Meaning::Node, Collection::Nodes),
        "host" => (Meaning::Host, Collection::Hosts),
        _ => (Meaning::Registries, Collection::Registries),
    };
    let slot = scope.names.add("", meaning);
    let within = Scope { within: Some(slot), ..scope };
    let below = fields.at(thing);
    let (how, when) = if name == "unique" {
        let written = text(asked, &below)?;
        let under = Path::parse(&format!("resource.{written}")).map_err(|message| below.error(message))?;
        let path = Path { root: Root::Name(slot), steps: under.steps };
        if scope.strict {
            types::path(&path, scope.subject, scope.names).map_err(|message| below.error(message))?;
        }
        (Quantifier::Unique(path), Vec::new())
    } else {
        let empty = map_of(asked, &below)?.is_empty();
        let when = if empty { Vec::new() } else { vec![condition(asked, &below, within)?] };
        let how = match name {
            "some" => Quantifier::Some,
            "none" => Quantifier::None,
            _ => {
                let raw = fields.required("is")?;
                Quantifier::Count(predicate(raw, &fields.at("is"), scope)?)
            }
        };
        (how, when)
    };
    fields.finish()?;
    Ok(Condition::Quantified(Box::new(Quantified { how, over, slot, when })))
}

/// The kind of the objects, if the conditions require a single one.
fn kind(asked: &Raw) -> Option<String> {
    let Raw::Map(entries) = asked else { return None };
    entries.iter().find_map(|Entry { key, value }| match value {
        Raw::Text(kind) if key == "kind" => Some(kind.clone().into_owned()),
        _ => None,
    })
}
