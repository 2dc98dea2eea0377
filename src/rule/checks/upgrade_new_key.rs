//! `upgrade/new-key`: keys of config.yaml that the new release accepts and today's does not.

use crate::catalog::{self, KeyState, Role, type_of};
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    let Some(from) = &cluster.upgraded_from else { return };
    for (kind, role) in [(NodeRole::Server, Role::Server), (NodeRole::Agent, Role::Agent)] {
        // The keys are reported once per role.
        let node = cluster.own_nodes().iter().find(|node| node.role == kind);
        let Some(at) = node.and_then(NodeConfig::place) else { continue };
        for key in catalog::config_keys() {
            let is_offered = |release| matches!(key.state(role, release), KeyState::K3s | KeyState::Rke2);
            if cluster.target.all(is_offered) && !from.any(|release| key.is_accepted(role, release)) {
                let message = format!("config.yaml gains `{}` ({})", key.name, type_of(key));
                drafts.push(Draft::new(at, message).about(key.name.as_str()));
            }
        }
    }
}
