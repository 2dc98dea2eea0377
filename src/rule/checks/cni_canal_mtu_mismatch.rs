//! `cni-canal/mtu-mismatch`: a pod MTU larger than the tunnel's.

use crate::cluster::fact::{Datum, Fact};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};

/// What VXLAN over IPv4 adds to a packet.
const OVERHEAD: i64 = 50;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let outer_fact = context.value(&["flannel", "mtu"]);
    let pods_fact = context.value(&["calico", "vethuMTU"]);
    let (Some(outer), Some(pods)) = (number(&outer_fact), number(&pods_fact)) else { return };
    let Some(outer_at) = outer_fact.span() else { return };
    let vxlan = context.value(&["flannel", "backend"]).value() == Some(&Datum::Text("vxlan".into()));
    let direct = context.value(&["flannel", "directRouting"]).is_true();
    let room = outer - OVERHEAD;
    if !vxlan || direct != Some(false) || outer <= OVERHEAD || pods <= room {
        return;
    }
    let help = format!("set `calico.vethuMTU: {room}`");
    drafts.push(match pods_fact {
        Fact::Known(found) if found.at.is_some() => {
            let at = found.at.unwrap_or(outer_at);
            let message = format!(
                "pod MTU {pods} exceeds the {room} bytes of the VXLAN tunnel; packets between nodes are lost"
            );
            let mut draft = Draft::new(at, message)
                .related(outer_at, format!("VXLAN overhead: {OVERHEAD} bytes"))
                .help(help.clone());
            let edits = vec![Edit { span: at, replacement: room.to_string() }];
            draft.fix = Some(Fix { safety: Safety::Unsafe, message: help, edits });
            draft
        }
        _ => Draft::new(
            outer_at,
            format!(
                "`{outer}` leaves {room} bytes in the VXLAN tunnel, less than the default `calico.vethuMTU: {pods}`; packets are lost"
            ),
        )
        .help(help),
    });
}

fn number(fact: &Fact<'_>) -> Option<i64> {
    match fact.value()? {
        Datum::Int(number) if *number > 0 => Some(*number),
        _ => None,
    }
}
