//! Reasons why files are or are not in one cluster. Must not make that decision.

use std::fmt;
use std::sync::Arc;

use crate::rke2::first_look::NameKey;

/// Why a file is in its cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// It is the first file of its cluster; others are tied to it.
    First,
    /// Settings declare it.
    Declared,
    /// The object that contains it refers to those of the others, or is referred to by one of them.
    Named,
    /// It is below the same root as a configuration: `X/etc/rancher/rke2` and `X/var/lib/rancher/rke2`.
    Root {
        /// The configuration, as shown.
        of: Arc<str>,
    },
    /// It joins a host that is a name of another node.
    Joins {
        /// The host in `server`.
        host: String,
        /// The key that names it on the other node.
        key: NameKey,
        /// The other node's configuration, as shown.
        of: Arc<str>,
    },
    /// It joins the host that another node joins.
    SameHost {
        /// The host in `server`.
        host: String,
    },
    /// It has the token of another node.
    Token {
        /// The other node's configuration, as shown.
        of: Arc<str>,
    },
    /// It is in the same folder as a configuration, or directly below.
    Folder {
        /// The configuration, as shown.
        of: Arc<str>,
    },
    /// The folders between it and a configuration are named for their contents, not for a cluster.
    Roles {
        /// The configuration, as shown.
        of: Arc<str>,
    },
    /// It is in the folder of the others, and no configuration is known.
    Beside,
    /// It may belong to several clusters, and is checked with each.
    Shared {
        /// How many.
        clusters: usize,
    },
}

impl Tie {
    /// The reason in words, if it is based on folders only.
    pub fn place_words(&self) -> Option<String> {
        match self {
            Self::Folder { of } => Some(format!("in the folder of {of}")),
            Self::Roles { of } => Some(format!("in a folder next to {of}")),
            _ => None,
        }
    }
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first of the cluster"),
            Self::Declared => f.write_str("declared in the settings"),
            Self::Named => f.write_str("listed in an object of the cluster"),
            Self::Root { of } => write!(f, "same root as {of}"),
            Self::Joins { host, key, of } => write!(f, "joins {host}, `{}` of {of}", key.as_str()),
            Self::SameHost { host } => write!(f, "also joins {host}"),
            Self::Token { of } => write!(f, "same token as {of}"),
            Self::Folder { .. } | Self::Roles { .. } => {
                write!(f, "guessed: {}", self.place_words().unwrap_or_default())
            }
            Self::Beside => f.write_str("no configuration found"),
            Self::Shared { clusters } => write!(f, "shared by {clusters} clusters"),
        }
    }
}

/// Why two files of one place are not in one cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// Their literal tokens differ.
    Tokens,
    /// Their token files differ.
    TokenFiles,
    /// It joins a host that is not one of the other node's names.
    Host {
        /// The host in `server`.
        host: String,
    },
    /// Their names indicate different environments.
    Environments {
        /// Its own environment; may be empty.
        own: String,
        /// The other's environment; may be empty.
        other: String,
    },
    /// Both start a cluster: neither has `server`.
    BothStart,
    /// Its name indicates that it is not in use.
    Retired {
        /// The word in the name.
        word: String,
    },
    /// RKE2 reads only `config.yaml` of that folder.
    NotRead,
    /// Only one of the names mentions K3s.
    K3s,
    /// It could join more than one cluster.
    Ambiguous,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens => f.write_str("different `token`"),
            Self::TokenFiles => f.write_str("different `token-file`"),
            Self::Host { host } => write!(f, "joins {host}, which is not a name of that node"),
            Self::Environments { own, other } => {
                let word = |name: &str| {
                    if name.is_empty() { "no environment".to_owned() } else { format!("`{name}`") }
                };
                write!(f, "its name means {}, the other's {}", word(own), word(other))
            }
            Self::BothStart => f.write_str("starts its own cluster: no `server`"),
            Self::Retired { word } => write!(f, "`{word}` in its path marks it as unused"),
            Self::NotRead => f.write_str("RKE2 reads only `config.yaml` in that folder"),
            Self::K3s => f.write_str("one of the two names mentions K3s"),
            Self::Ambiguous => f.write_str("could join several clusters"),
        }
    }
}
