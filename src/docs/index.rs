//! Lists of rules as Markdown: one of all rules, one per category, and the chapters of the book. Must not read files.

use std::fmt::Write as _;

use crate::rule::Rule;

/// What the rules of each category check.
const CATEGORIES: &[(&str, &str)] = &[
    ("cloud-provider", "Cloud controller managers, their charts and the options that select them."),
    ("cluster-api", "Fields of RKE2's Cluster API provider."),
    ("cni-calico", "Chart values of Calico."),
    ("cni-canal", "Chart values of Canal, RKE2's default network plugin."),
    ("cni-cilium", "Chart values of Cilium."),
    ("cni-flannel", "Chart values of Flannel as the only network plugin."),
    ("config", "`config.yaml` and its drop-ins: keys, values, merging, and what must agree across nodes."),
    ("coredns", "Chart values of CoreDNS and its Corefile."),
    ("dual-stack", "Addresses of two families: CIDRs, node addresses and chart values that must agree."),
    ("edge-image-builder", "Image definitions of SUSE Edge Image Builder."),
    ("helm-chart", "HelmChart objects that a manifest installs."),
    ("helm-chart-config", "HelmChartConfig objects, and values of all packaged charts."),
    ("ingress", "Chart values of ingress-nginx and Traefik, and the choice between them."),
    ("kube-proxy", "kube-proxy, and plugins that replace it."),
    ("manifest", "Files in RKE2's manifests directory: what is deployed, overwritten or never read."),
    ("multus", "Chart values of Multus."),
    ("node", "Names, labels, taints and other properties of a node."),
    ("rancher", "Clusters that Rancher provisions."),
    ("registries", "`registries.yaml`: mirrors, endpoints, rewrites and credentials."),
    ("security", "CIS profiles, secrets, admission and audit."),
    ("suppress", "Ignore comments and the settings of rke2-lint."),
    ("upgrade", "What a newer release of RKE2 changes."),
    ("windows", "Clusters with Windows nodes."),
];

/// What the rules of a category check; empty for a category without a description.
pub fn about_category(category: &str) -> &'static str {
    CATEGORIES.iter().find(|(name, _)| *name == category).map_or("", |(_, about)| *about)
}

/// The list of all rules, by category.
pub fn rule_index(rules: &[Rule]) -> String {
    let mut page = format!(
        "# Rules\n\n{} rules. `rke2-lint explain RULE` prints a rule's page, and `rke2-lint check --fix` applies the safe \
         fixes of rules with `fix`.\n",
        rules.len()
    );
    for (category, rules) in by_category(rules) {
        // Writing to a String cannot fail.
        let _ = write!(page, "\n## {category}\n\n{}", table(category, rules));
    }
    page
}

/// The pages of the categories: name and text.
pub fn category_pages(rules: &[Rule]) -> Vec<(String, String)> {
    by_category(rules)
        .map(|(category, rules)| (category.to_owned(), format!("# {category}\n\n{}", table(category, rules))))
        .collect()
}

/// The chapters that list rules, in the format of mdBook's `SUMMARY.md`, nested under a top-level entry.
pub fn rule_chapters(rules: &[Rule]) -> String {
    let mut chapters = String::new();
    for (category, rules) in by_category(rules) {
        let _ = writeln!(chapters, "  - [{category}](rules/{category}.md)");
        for rule in rules {
            let id = rule.info.id.as_str();
            let name = id.split_once('/').map_or(id, |(_, name)| name);
            let _ = writeln!(chapters, "    - [{name}](rules/{id}.md)");
        }
    }
    chapters
}

/// The rules of each category. The input must be sorted by identifier.
fn by_category(rules: &[Rule]) -> impl Iterator<Item = (&str, &[Rule])> {
    rules
        .chunk_by(|a, b| a.info.id.category() == b.info.id.category())
        .map(|rules| (rules[0].info.id.category(), rules))
}

fn table(category: &str, rules: &[Rule]) -> String {
    let mut table =
        format!("{}\n\n| rule | severity | fix | what |\n|---|---|---|---|\n", about_category(category));
    for rule in rules {
        let id = &rule.info.id;
        let off = if rule.off_by_default { " (off by default)" } else { "" };
        let fix = if rule.has_fix() { "fix" } else { "" };
        let _ = writeln!(
            table,
            "| [{id}]({id}.md) | {}{off} | {fix} | {} |",
            rule.info.severity,
            rule.info.summary.replace('|', "\\|")
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule;

    #[test]
    fn every_category_has_a_description_and_no_other() {
        let rules = rule::built_in();
        let present: Vec<&str> = by_category(&rules).map(|(category, _)| category).collect();
        let described: Vec<&str> = CATEGORIES.iter().map(|(name, _)| *name).collect();
        assert_eq!(described, present);
    }
}
