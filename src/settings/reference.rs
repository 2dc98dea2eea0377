//! The reference of the settings as Markdown, from the table that reads them. This module must not write files.

use std::fmt::Write as _;

use super::shape::{Key, Shape, TOP};

const HEAD: &str = "# Settings: `.rke2-lint.yaml`

The file is looked for in the working directory and in those above it, up to the root of the repository. `--config`
names another one, `--no-config` none. What the command line says wins. `rke2-lint check --show-settings` prints what
is in force and where from.

Paths count from the folder of the file; those in a file that `--config` names, from the working directory. Patterns
are those of a `.gitignore`: `*` stays within a folder, `**` does not, a pattern without a slash holds at any depth,
and one that names a folder holds for all below it.

Editors complete the file when its first line names the schema:

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

A mistake in the file ends the run with exit code 2 and its place.

";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    table(&mut page, "## Keys", TOP);
    for key in TOP {
        if let Shape::List(keys) = key.shape {
            table(&mut page, &format!("\n## Keys of each element of `{}`", key.name), keys);
        }
    }
    page
}

fn table(page: &mut String, heading: &str, keys: &[Key]) {
    // Writing to a String cannot fail.
    let _ = write!(page, "{heading}\n\n| key | value | what it does |\n|---|---|---|\n");
    for key in keys {
        let needed = if key.required { ", needed" } else { "" };
        let _ = writeln!(page, "| `{}` | {}{needed} | {} |", key.name, words(key.shape), key.about);
    }
}

fn words(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "text",
        Shape::Release => "release",
        Shape::Path => "path",
        Shape::Folders => "folder, or a list",
        Shape::Patterns => "pattern, or a list",
        Shape::Rules => "mapping of names to levels",
        Shape::Config => "mapping of config.yaml keys",
        Shape::Hosts => "mapping, or a list",
        Shape::List(_) => "list of mappings",
    }
}
