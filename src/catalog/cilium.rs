//! Words that Cilium's agents accept: plain text in `catalog/components/cilium-words.txt`, parsed on first use.
//! Produces no findings.

use std::sync::LazyLock;

use super::components::rows;

const WORDS: &str = include_str!("../../catalog/components/cilium-words.txt");

/// A value of rke2-cilium that must be one of some words.
#[derive(Clone, Debug)]
pub struct CiliumWords {
    /// The path of the value.
    pub path: Vec<&'static str>,
    /// The agent option to which the chart writes it.
    pub option: &'static str,
    /// The first version of the chart whose agents validate it.
    pub since: &'static str,
    /// Whether only agents that replace kube-proxy validate it.
    pub only_replacing: bool,
    /// The accepted words.
    pub words: Vec<&'static str>,
}

/// All rows, in the order of the table.
pub fn words() -> &'static [CiliumWords] {
    static ROWS: LazyLock<Vec<CiliumWords>> = LazyLock::new(|| rows(WORDS).filter_map(row).collect());
    &ROWS
}

fn row(line: &'static str) -> Option<CiliumWords> {
    let mut parts = line.split(' ');
    let (path, option, since, asked) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let only_replacing = match asked {
        "replacing" => true,
        "always" => false,
        _ => return None,
    };
    let words: Vec<&str> = parts.collect();
    let path = path.split('.').collect();
    (!words.is_empty()).then_some(CiliumWords { path, option, since, only_replacing, words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn every_row_is_read_and_names_a_value_of_the_chart() {
        assert_eq!(words().len(), rows(WORDS).count());
        let chart = catalog::chart("rke2-cilium").unwrap();
        for row in words() {
            assert!(chart.has(&row.path), "{}", row.path.join("."));
        }
    }
}
