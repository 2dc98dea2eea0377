//! What is known of a cluster's nodes beside their configuration: kernel, operating system and the like, as
//! settings or a probe state it. This module must not judge.

use super::fact::{Datum, Fact, Item};
use crate::yaml::{Kind, NodeRef};

/// The facts about one node, or about one kind of nodes.
#[derive(Clone, Debug)]
pub struct Host<'a> {
    /// All of them, as one mapping.
    facts: Item<'a>,
}

impl<'a> Host<'a> {
    /// The hosts that a node tells of: a mapping is one, a list of mappings several.
    pub fn of(node: NodeRef<'a>) -> Vec<Self> {
        let host = |node: NodeRef<'a>| Self { facts: Item { value: Datum::of(node), at: Some(node.span()) } };
        match node.kind() {
            Kind::Mapping => vec![host(node)],
            _ => node.items().filter(|item| item.kind() == Kind::Mapping).map(host).collect(),
        }
    }

    /// What is known of a fact, by the keys that lead to it. What nobody states is unknown.
    pub fn fact(&self, path: &[&str]) -> Fact<'a> {
        let mut item = &self.facts;
        for key in path {
            let Datum::Map(entries) = &item.value else { return Fact::Unknown };
            match entries.iter().find(|(name, _)| name == key) {
                Some((_, inner)) => item = inner,
                None => return Fact::Unknown,
            }
        }
        match item.at {
            Some(at) => Fact::written(item.value.clone(), at),
            None => Fact::default(item.value.clone()),
        }
    }
}
