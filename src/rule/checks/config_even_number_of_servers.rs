//! `config/even-number-of-servers`: an even number of etcd members.

use crate::cluster::server::{NodeConfig, NodeRole};
use crate::rke2::config::Setting;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Cluster = context.target else { return };
    let with_etcd: Vec<_> = context
        .cluster
        .own_nodes()
        .iter()
        .filter(|node| node.role == NodeRole::Server && node.setting("disable-etcd").is_none())
        .collect();
    let count = with_etcd.len();
    // A shared file does not show how many nodes use it, so only trees with exactly one first server and others that
    // join it are counted.
    let firsts = with_etcd.iter().filter(|node| !node.joins()).count();
    // Tokens with placeholders may differ, and then these are two clusters.
    let is_known = |node: &NodeConfig<'_>| node.setting("token").is_none_or(Setting::is_literal);
    if count < 2 || count % 2 != 0 || firsts != 1 || !with_etcd.iter().all(|node| is_known(node)) {
        return;
    }
    drafts.push(
        Draft::new(
            context.subject_place(),
            format!("{count} servers with etcd tolerate only as many failures as {}", count - 1),
        )
        .help("use an odd number of servers with etcd"),
    );
}
