//! Edits of a node's configuration and of the values of the subject chart. Must not decide what to edit.

use super::context::Context;
use super::edit;
use super::path::{Path, Root, Step};
use crate::cluster::server::NodeConfig;
use crate::finding::Edit;
use crate::rke2::config::Setting;
use crate::rke2::file::RkeFile;
use crate::yaml::{Entry, NodeRef};

impl<'a> Context<'_, 'a> {
    /// Removes an entry from the node's configuration.
    pub fn without(&self, entry: Entry<'_>) -> Option<Edit> {
        edit::remove(self.config_root(entry)?, entry)
    }

    /// Removes an element from a list of the node's configuration, or the whole list if it is the only element.
    pub fn without_element(&self, setting: &Setting<'_>, element: NodeRef<'_>) -> Option<Edit> {
        let holds = |entry: &&Entry<'_>| entry.value.span().contains(element.span());
        let entry = setting.entries.iter().find(holds)?;
        let is_all =
            entry.value.items().len() < 2 && entry.value.items().all(|item| item.span() == element.span());
        let scalar = entry.value.span() == element.span();
        match entry.value.text() {
            // The element is one of several comma-separated parts of a scalar.
            Some(text) if scalar && text.contains(',') => None,
            _ if scalar || is_all => self.without(*entry),
            _ => edit::remove_item(entry.value, element),
        }
    }

    /// Removes an argument or a part from the node's configuration, if it makes up a whole element.
    pub fn without_piece(&self, piece: NodeRef<'_>) -> Option<Edit> {
        let holds = |setting: &&Setting<'_>| setting.values.iter().any(|value| value.span() == piece.span());
        let setting = self.node()?.merged.settings.iter().find(holds)?;
        self.without_element(setting, piece)
    }

    /// Renames a key of the node's configuration, if the new name is free.
    pub fn renamed(&self, entry: Entry<'_>, name: &str) -> Option<Edit> {
        let root = self.config_root(entry)?;
        let plus = if entry.name().ends_with('+') { "+" } else { "" };
        let taken = root.entry(name).is_some() || root.entry(&format!("{name}+")).is_some();
        edit::rename(entry, &format!("{name}{plus}")).filter(|_| !taken)
    }

    /// Removes the entry at a path, if only one mapping has it.
    pub fn without_path(&self, path: &Path) -> Option<Edit> {
        let keys = path.plain_keys()?;
        let mut holding = self.roots(path).into_iter().filter(|root| root.at(&keys).is_some());
        let only = holding.next().filter(|_| holding.next().is_none())?;
        edit::remove_at(only, &keys)
    }

    /// Removes a key from the values of the subject chart.
    pub fn without_value(&self, keys: &[&str]) -> Option<Edit> {
        let steps = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
        self.without_path(&Path { root: Root::Values, steps })
    }

    /// Adds a value that is not set yet to the values of the subject chart.
    pub fn with_value(&self, keys: &[&str], yaml: &str) -> Option<Edit> {
        let root = self.value_roots().into_iter().next()?;
        edit::set(root, keys, yaml).filter(|_| root.at(keys).is_none())
    }

    /// Moves a key within the values of the subject chart.
    pub fn relocated_value(&self, from: &[&str], to: &[&str]) -> Option<Vec<Edit>> {
        let root = self.value_roots().into_iter().find(|root| root.at(from).is_some())?;
        edit::relocate(root, from, to)
    }

    fn value_roots(&self) -> Vec<NodeRef<'a>> {
        self.roots(&Path { root: Root::Values, steps: Vec::<Step>::new() })
    }

    /// The root mapping of the file that contains an entry.
    fn config_root(&self, entry: Entry<'_>) -> Option<NodeRef<'a>> {
        let mut roots = self.node().into_iter().flat_map(NodeConfig::files).filter_map(RkeFile::first_root);
        roots.find(|root| root.entries().any(|own| own.key.span() == entry.key.span()))
    }
}
