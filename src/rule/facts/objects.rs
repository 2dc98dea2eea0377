//! Derived facts about what the manifests contain or install. Produces no findings.

use super::{FactDef, FactType, truth};

/// Facts about the objects of a cluster.
pub static FACTS: &[FactDef] = &[
    FactDef {
        path: "cluster.may-hold",
        argument: Some("KIND"),
        kind: FactType::Bool,
        doc: "whether the manifests contain an object of a kind, or may contain one",
        of: |context, kind| truth(context.cluster.may_hold(kind, |_| true)),
    },
    FactDef {
        path: "cluster.may-install",
        argument: Some("WORD"),
        kind: FactType::Bool,
        doc: "whether something in the manifests installs a program whose names contain a word, or may install it",
        of: |context, word| truth(context.cluster.may_install(word)),
    },
];
