//! The single arguments that a node's configuration passes to Kubernetes components.

use std::borrow::Cow;

use super::edit;
use crate::catalog::components::LISTS;
use crate::cluster::server::NodeConfig;
use crate::finding::Edit;
use crate::rke2::argument::Argument;
use crate::rke2::config::Setting;
use crate::yaml::NodeRef;

/// An element of an argument list whose text is known and well formed (see [`Argument::is_plain`]).
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    /// The key of config.yaml.
    pub(super) list: &'static str,
    /// The component that receives the argument.
    pub(super) component: &'static str,
    /// The node of the list element.
    pub(super) node: NodeRef<'a>,
    /// The full text of the element.
    pub(super) text: Cow<'a, str>,
}

impl Given<'_> {
    /// The element split into its parts.
    pub(super) fn argument(&self) -> Argument<'_> {
        Argument::parse(&self.text)
    }

    /// The flag name with `-` for `_`, which components treat alike.
    pub(super) fn name(&self) -> String {
        self.argument().name.replace('_', "-")
    }

    /// The edit that replaces the text of the element; `None` where the element is only a part of its scalar.
    pub(super) fn reworded(&self, text: &str) -> Option<Edit> {
        let is_whole = self.node.text() == Some(self.text.as_ref());
        edit::reword(self.node, text).filter(|_| is_whole)
    }

    /// The text of the element with its value replaced.
    pub(super) fn with(&self, value: &str) -> String {
        format!("{}={value}", self.argument().name)
    }
}

/// All arguments of a node that reach a component, in the order of [`LISTS`].
pub(super) fn given<'n, 'a>(node: &'n NodeConfig<'a>) -> impl Iterator<Item = Given<'a>> + use<'n, 'a> {
    LISTS
        .into_iter()
        .filter(|(list, component)| {
            !node.ignores(list) && (*component != "etcd" || node.runs_etcd() == Some(true))
        })
        .flat_map(move |(list, component)| {
            let elements = node.setting(list).into_iter().flat_map(Setting::literals);
            elements.map(move |(node, text)| Given { list, component, node, text })
        })
        .filter(|given| given.argument().is_plain())
}

/// The component as messages name it.
pub(super) fn program(component: &str) -> &str {
    if component == "kubelet" { "the kubelet" } else { component }
}
