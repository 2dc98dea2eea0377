//! The options of Traefik's static configuration, by major version: plain text in
//! `catalog/components/traefik-options.txt`, parsed on first use. Produces no findings.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::components::rows;

const OPTIONS: &str = include_str!("../../catalog/components/traefik-options.txt");
/// A user-defined name.
const ANY: &str = "*";

/// An option, or the common prefix of several options.
#[derive(Debug, Default)]
pub struct Node {
    /// The major versions that have it, or an option under it.
    pub majors: Vec<u8>,
    below: BTreeMap<&'static str, Self>,
}

/// The result of looking up an option.
#[derive(Debug)]
pub enum Found<'t> {
    /// The option.
    Known(&'t Node),
    /// The part with this index is unknown; the names that are known instead.
    Unknown(usize, Vec<&'static str>),
}

/// Looks up the name of an option, without leading dashes and value.
pub fn option(name: &str) -> Found<'static> {
    static ROOT: LazyLock<Node> = LazyLock::new(Node::all);
    let (mut node, mut is_own) = (&*ROOT, false);
    for (index, part) in name.to_ascii_lowercase().split('.').enumerate() {
        // List items are keyed as `[*]`, whatever the index.
        let key = part.split_once('[').map_or_else(|| part.to_owned(), |(list, _)| format!("{list}[*]"));
        if let Some(next) = node.below.get(key.as_str()) {
            (node, is_own) = (next, false);
        } else if let Some(next) = node.below.get(ANY) {
            (node, is_own) = (next, true);
        } else if is_own && node.below.is_empty() {
            // User-defined names may contain dots, and plugins have their own options.
            return Found::Known(node);
        } else {
            return Found::Unknown(index, node.below.keys().copied().collect());
        }
    }
    Found::Known(node)
}

impl Node {
    fn all() -> Self {
        let mut root = Self::default();
        for line in rows(OPTIONS) {
            let Some((name, majors)) = line.split_once(' ') else { continue };
            let mut node = &mut root;
            for part in name.split('.') {
                node = node.below.entry(part).or_default();
                node.majors.extend(majors.bytes().map(|major| major - b'0'));
                node.majors.sort_unstable();
                node.majors.dedup();
            }
        }
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn majors(name: &str) -> Option<Vec<u8>> {
        match option(name) {
            Found::Known(node) => Some(node.majors.clone()),
            Found::Unknown(..) => None,
        }
    }

    #[test]
    fn options_are_known_with_their_versions() {
        assert_eq!(majors("log.level"), Some(vec![2, 3]));
        assert_eq!(majors("entryPoints.web.http.redirections.entryPoint.to"), Some(vec![2, 3]));
        assert_eq!(majors("entrypoints.websecure.http.tls.domains[0].main"), Some(vec![2, 3]));
        assert_eq!(majors("providers.marathon"), Some(vec![2]));
        assert_eq!(majors("experimental.plugins.x.modulename"), Some(vec![2, 3]));
        assert_eq!(majors("providers.plugin.mine.some.setting"), Some(vec![2, 3]));
        assert_eq!(majors("accesslog.fields.headers.names.x.y"), Some(vec![2, 3]));
        for unknown in ["log.levle", "entrypoint.web.address", "log.level.x", "accesslogs"] {
            assert_eq!(majors(unknown), None, "{unknown}");
        }
    }
}
