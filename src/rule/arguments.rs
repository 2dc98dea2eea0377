//! The arguments that a node's configuration gives to Kubernetes components, one by one.

use std::borrow::Cow;

use super::edit;
use crate::catalog::components::LISTS;
use crate::cluster::server::NodeConfig;
use crate::finding::Edit;
use crate::rke2::argument::Argument;
use crate::rke2::config::Setting;
use crate::yaml::NodeRef;

/// An element of an argument list whose text is known and that is spelled as RKE2 expects.
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    /// The key of config.yaml.
    pub(super) list: &'static str,
    /// The program that gets it.
    pub(super) component: &'static str,
    /// Where it is written.
    pub(super) node: NodeRef<'a>,
    /// The whole element.
    pub(super) text: Cow<'a, str>,
}

impl Given<'_> {
    /// The element in its parts.
    pub(super) fn argument(&self) -> Argument<'_> {
        Argument::parse(&self.text)
    }

    /// The name as the component knows it.
    pub(super) fn name(&self) -> String {
        self.argument().name.replace('_', "-")
    }

    /// The element with another text.
    pub(super) fn reworded(&self, text: &str) -> Option<Edit> {
        let is_whole = self.node.text() == Some(self.text.as_ref());
        edit::reword(self.node, text).filter(|_| is_whole)
    }

    /// The element with another value.
    pub(super) fn with(&self, value: &str) -> String {
        format!("{}={value}", self.argument().name)
    }
}

/// All arguments of a node, in the order of the lists.
pub(super) fn given<'n, 'a>(node: &'n NodeConfig<'a>) -> impl Iterator<Item = Given<'a>> + use<'n, 'a> {
    LISTS
        .into_iter()
        .flat_map(move |(list, component)| {
            let elements = node.setting(list).into_iter().flat_map(Setting::literals);
            elements.map(move |(node, text)| Given { list, component, node, text })
        })
        .filter(|given| given.argument().is_plain())
}

/// The program in a sentence.
pub(super) fn program(component: &str) -> &str {
    if component == "kubelet" { "the kubelet" } else { component }
}
