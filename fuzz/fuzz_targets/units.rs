//! Files that contain units, in every host format: everything that is read from a file is inside it, and unchanged text
//! is the same at its place.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::{Corpus, fuzz_target};
use rke2_lint::unit;

/// A file name for each format.
const NAMES: [&str; 31] = [
    "user-data.yaml",
    "node.ign",
    "install.sh",
    "group_vars/all.yml",
    "rke2/config.yaml.j2",
    "rke2/config.yaml.tmpl",
    "rke2/config.yaml.tftpl",
    "rke2/config.yaml.erb",
    "main.tf",
    "kustomization.yaml",
    "README.md",
    "chart/templates/cluster.yaml",
    "Vagrantfile",
    "Dockerfile",
    "agent.ps1",
    "fragment.yaml",
    "patch.json",
    ".gitlab-ci.yml",
    "user-data.mime",
    "image/definition.yaml",
    "rancherd.yaml",
    "rke2/config.yaml.epp",
    "modules/rke2/manifests/init.pp",
    "data/common.yaml",
    "salt/rke2/init.sls",
    "recipes/default.rb",
    "etc/default/rke2-server",
    "rke2-agent.service",
    "Pulumi.yaml",
    "Kptfile",
    "config.yaml.sample",
];

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    if !unit::is_marked(text) {
        return Corpus::Reject;
    }
    let text: Arc<str> = text.into();
    for name in NAMES {
        let found = unit::units(&name.into(), &text);
        for unit in found.units {
            for (at, c) in unit.view.text().char_indices() {
                let range = at..at + c.len_utf8();
                let Some(outer) = unit.view.outer(&range) else { continue };
                let piece = text.get(outer.clone());
                assert!(piece.is_some(), "{name}: {outer:?}");
                if unit.view.is_exact(&range) {
                    assert_eq!(piece, unit.view.text().get(range), "{name}");
                }
            }
        }
        let lines = |text: &str| text.matches('\n').count();
        for way in found.ways {
            assert!(lines(way.view.text()) <= lines(&text), "{name}");
        }
    }
    Corpus::Keep
});
