//! What may stand in the settings: one table that the reader, the JSON Schema and the reference share.

/// A key of the settings.
#[derive(Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What its value is.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// What it does, in a sentence or two of Markdown.
    pub about: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text.
    Text,
    /// A release of RKE2.
    Release,
    /// A path.
    Path,
    /// One path or several.
    Folders,
    /// One pattern of paths or several.
    Patterns,
    /// Levels of rules and categories.
    Rules,
    /// Keys of config.yaml with their values.
    Config,
    /// Facts about one host, or a list of such.
    Hosts,
    /// A list of mappings with these keys.
    List(&'static [Key]),
}

/// The keys at the top.
pub const TOP: &[Key] = &[
    Key {
        name: "rke2-version",
        shape: Shape::Release,
        required: false,
        about: "The RKE2 release to check against: `v1.34.2+rke2r1`, `v1.34.2` for each of its revisions, `1.34` \
                for its newest known patch, or `stable` or `latest` for the release of RKE2's channel.",
    },
    Key {
        name: "catalog",
        shape: Shape::Path,
        required: false,
        about: "A newer `catalog/embedded.bin` in place of the built-in catalogue.",
    },
    Key {
        name: "exclude",
        shape: Shape::Patterns,
        required: false,
        about: "Paths to pass over, as patterns of a `.gitignore`.",
    },
    Key {
        name: "rules",
        shape: Shape::Rules,
        required: false,
        about: "Levels of rules (`category/name`) and categories (`category`): `off`, `info`, `warning`, `error`, \
                or `on` for the rule's own. A rule beats its category.",
    },
    Key {
        name: "overrides",
        shape: Shape::List(OVERRIDE),
        required: false,
        about: "Other levels for some paths. A later one beats an earlier one, and each beats `rules`.",
    },
    Key {
        name: "clusters",
        shape: Shape::List(CLUSTER),
        required: false,
        about: "Which files belong together, where the grouping needs help, and facts about a cluster whose files \
                are elsewhere. A file belongs to the first cluster that matches.",
    },
    Key {
        name: "rule-paths",
        shape: Shape::Folders,
        required: false,
        about: "Folders with rules of your own.",
    },
    Key {
        name: "baseline",
        shape: Shape::Path,
        required: false,
        about: "A baseline file: the findings in it are not reported.",
    },
];

const OVERRIDE: &[Key] = &[
    Key { name: "paths", shape: Shape::Patterns, required: true, about: "The paths it holds for." },
    Key { name: "rules", shape: Shape::Rules, required: true, about: "Levels of rules and categories." },
];

const CLUSTER: &[Key] = &[
    Key { name: "name", shape: Shape::Text, required: true, about: "The name shown with `-v`." },
    Key {
        name: "paths",
        shape: Shape::Patterns,
        required: false,
        about: "The files of the cluster; all when it is missing.",
    },
    Key {
        name: "manifests",
        shape: Shape::Folders,
        required: false,
        about: "Folders that end up in RKE2's manifests directory. Every file in them counts as a manifest of this \
                cluster.",
    },
    Key {
        name: "configs",
        shape: Shape::Patterns,
        required: false,
        about: "Files that are a config.yaml or drop-in of RKE2, whatever their names and keys.",
    },
    Key {
        name: "rke2-version",
        shape: Shape::Release,
        required: false,
        about: "The RKE2 release of this cluster.",
    },
    Key {
        name: "config",
        shape: Shape::Config,
        required: false,
        about: "What is in the servers' config.yaml, where that file is not in the tree. A key that is not named \
                stays unknown. A key that a file of the cluster sets counts as the file says.",
    },
    Key {
        name: "host",
        shape: Shape::Hosts,
        required: false,
        about: "Facts about the nodes: a mapping, or a list with one for each kind of node. What holds for one of \
                them is reported.",
    },
];
