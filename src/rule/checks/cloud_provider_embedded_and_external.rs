//! `cloud-provider/embedded-and-external`: two cloud controller managers for the same nodes.

use crate::catalog::has_change;
use crate::cluster::fact::{Datum, Fact};
use crate::rule::{Context, Draft, Target};

/// Releases whose embedded controller keeps running beside an external provider.
const BESIDE: &str = "embedded-ccm-beside-external";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let name = node.fact("cloud-provider-name");
    let embedded_runs = match &name {
        Fact::Absent(_) => true,
        // Up to 1.35 any provider's name switches the embedded controller off.
        Fact::Known(found) => {
            matches!(&found.value, Datum::Text(name) if name == "external")
                && context.cluster.target.all(|release| has_change(BESIDE, release))
        }
        Fact::Unknown => false,
    };
    let switch = node.fact("disable-cloud-controller");
    if !embedded_runs || switch.is_true() != Some(false) {
        return;
    }
    let Some(controller) = context.cluster.cloud_controller() else { return };
    let named = name.value().and(name.span());
    let Some(at) = switch.span().or(named).or_else(|| node.place()) else { return };
    let name = controller.name().unwrap_or_default().into_owned();
    let message = format!(
        "RKE2's cloud controller is not disabled and runs next to `{name}`; both set the addresses of every node"
    );
    drafts.push(
        Draft::new(at, message)
            .related(controller.label_span(), "other cloud controller manager")
            .help("set `disable-cloud-controller: true` on every server"),
    );
}
