//! The reference of the settings as Markdown, generated from the reader's table. Must not write files.

use std::fmt::Write as _;

use super::shape::{Key, Shape, TOP};

const HEAD: &str = "# Settings: `.rke2-lint.yaml`

rke2-lint looks for the file (or `.rke2-lint.yml`) in the working directory and its parents, up to the root of the
repository. `--config` sets another file, and `--no-config` disables the search. `rke2-lint init` writes one with a
comment on every key. Command-line options take precedence. `rke2-lint check --show-settings` prints the effective settings and their sources.

Paths are relative to the settings file, or to the working directory with `--config`. Patterns use the gitignore
syntax: `*` matches within a folder, `**` across folders; a pattern without a slash matches at any depth, and a folder
matches everything in it.

Editors complete the file when its first line refers to the schema:

```yaml
# yaml-language-server: $schema=https://raw.githubusercontent.com/rke2-lint/rke2-lint/main/docs/settings.schema.json
rke2-version: v1.34.2+rke2r1
exclude: [\"**/templates/**\"]
rules:
  security: off
  helm-chart-config/wrong-namespace: error
overrides:
  - paths: [\"lab/**\"]
    rules: {security/*: off}
clusters:
  - name: prod
    paths: [\"clusters/prod/**\"]
    rke2-version: v1.33.5+rke2r1
    config: {cni: cilium, disable-kube-proxy: true}
    host: {kernel: \"5.15\", os: linux}
rule-paths: [lint/rules]
catalog: lint/embedded.bin
baseline: .rke2-lint-baseline.json
```

An invalid file is reported with its location and exit code 2.

";

/// The page in Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    table(&mut page, "## Keys", TOP);
    for key in TOP {
        if let Shape::List(keys) = key.shape {
            table(&mut page, &format!("\n## Keys of an element of `{}`", key.name), keys);
        }
    }
    page
}

fn table(page: &mut String, heading: &str, keys: &[Key]) {
    // Writing to a String cannot fail.
    let _ = write!(page, "{heading}\n\n| key | value | what it does |\n|---|---|---|\n");
    for key in keys {
        let needed = if key.required { ", required" } else { "" };
        let _ = writeln!(page, "| `{}` | {}{needed} | {} |", key.name, words(key.shape), key.about);
    }
}

fn words(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "string",
        Shape::Release => "release",
        Shape::Path => "path",
        Shape::Folders => "folder, or a list",
        Shape::Patterns => "pattern, or a list",
        Shape::Rules => "map of names to levels",
        Shape::Config => "map of config.yaml keys",
        Shape::Hosts => "map, or a list",
        Shape::List(_) => "list of maps",
    }
}
