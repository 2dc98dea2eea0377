//! `config/even-number-of-servers`: as many members of etcd as tolerate one failure less.

use crate::cluster::server::NodeRole;
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
    // One file for many nodes says nothing about their number; one that starts the cluster and others do.
    let firsts = with_etcd.iter().filter(|node| !node.joins()).count();
    if count < 2 || count % 2 != 0 || firsts != 1 {
        return;
    }
    drafts.push(
        Draft::new(
            context.subject_place(),
            format!(
                "{count} servers with etcd tolerate as many failures as {}, and one more can fail",
                count - 1
            ),
        )
        .help("use an odd number of servers with etcd"),
    );
}
