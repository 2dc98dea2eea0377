//! The keys of the settings: one table for the reader, the JSON Schema and the reference.

/// A key of the settings.
#[derive(Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// The type of its value.
    pub shape: Shape,
    /// Whether it is mandatory.
    pub required: bool,
    /// What it does, in one or two sentences of Markdown.
    pub about: &'static str,
}

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string.
    Text,
    /// An RKE2 release.
    Release,
    /// A path.
    Path,
    /// One or more paths.
    Folders,
    /// One or more path patterns.
    Patterns,
    /// Levels of rules and categories.
    Rules,
    /// Keys of config.yaml with their values.
    Config,
    /// Facts about one host, or a list of these.
    Hosts,
    /// A list of maps with these keys.
    List(&'static [Key]),
}

/// The top-level keys.
pub const TOP: &[Key] = &[
    Key {
        name: "rke2-version",
        shape: Shape::Release,
        required: false,
        about: "RKE2 release to check against: `v1.34.2+rke2r1`, `v1.34.2` for each of its revisions, `1.34` for its newest announced patch, or `stable` or `latest` for the release of RKE2's channel.",
    },
    Key {
        name: "catalog",
        shape: Shape::Path,
        required: false,
        about: "Newer `catalog/embedded.bin` that replaces the built-in catalogue.",
    },
    Key {
        name: "exclude",
        shape: Shape::Patterns,
        required: false,
        about: "Paths to skip (gitignore syntax).",
    },
    Key {
        name: "rules",
        shape: Shape::Rules,
        required: false,
        about: "Levels of rules (`category/name`) and categories (`category`): `off`, `info`, `warning`, `error`, or `on` for the rule's default. A rule overrides its category.",
    },
    Key {
        name: "overrides",
        shape: Shape::List(OVERRIDE),
        required: false,
        about: "Levels for some paths. A later entry overrides an earlier one, and each overrides `rules`.",
    },
    Key {
        name: "clusters",
        shape: Shape::List(CLUSTER),
        required: false,
        about: "Clusters, where files are not grouped correctly, and facts about a cluster whose files are elsewhere. A file belongs to the first cluster that matches.",
    },
    Key { name: "rule-paths", shape: Shape::Folders, required: false, about: "Folders with your own rules." },
    Key {
        name: "baseline",
        shape: Shape::Path,
        required: false,
        about: "Baseline file, whose findings are not reported.",
    },
];

const OVERRIDE: &[Key] = &[
    Key { name: "paths", shape: Shape::Patterns, required: true, about: "Paths that the entry applies to." },
    Key { name: "rules", shape: Shape::Rules, required: true, about: "Levels of rules and categories." },
];

const CLUSTER: &[Key] = &[
    Key { name: "name", shape: Shape::Text, required: true, about: "Name shown with `-v`." },
    Key {
        name: "paths",
        shape: Shape::Patterns,
        required: false,
        about: "Files of the cluster; all files by default.",
    },
    Key {
        name: "manifests",
        shape: Shape::Folders,
        required: false,
        about: "Folders that are deployed to RKE2's manifests directory. Every file in them is a manifest of this cluster.",
    },
    Key {
        name: "configs",
        shape: Shape::Patterns,
        required: false,
        about: "Files that are an RKE2 config.yaml or drop-in, whatever their names and keys.",
    },
    Key {
        name: "rke2-version",
        shape: Shape::Release,
        required: false,
        about: "RKE2 release of this cluster.",
    },
    Key {
        name: "config",
        shape: Shape::Config,
        required: false,
        about: "Settings in the servers' config.yaml, where that file is not in the tree. Unlisted keys stay unknown. A file of the cluster overrides them.",
    },
    Key {
        name: "host",
        shape: Shape::Hosts,
        required: false,
        about: "Facts about the nodes: a map, or a list with one map per kind of node. A problem of one of them is reported.",
    },
];
