//! `config/conflicting-component-arg`: component arguments that conflict with an RKE2 key.

use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft, Target};

/// Argument list, flag, and the key that sets it for all components.
const KEYS: [(&str, &str, &str); 7] = [
    ("kube-apiserver-arg", "service-cluster-ip-range", "service-cidr"),
    ("kube-controller-manager-arg", "service-cluster-ip-range", "service-cidr"),
    ("kube-controller-manager-arg", "cluster-cidr", "cluster-cidr"),
    ("kube-proxy-arg", "cluster-cidr", "cluster-cidr"),
    ("kubelet-arg", "cluster-domain", "cluster-domain"),
    ("kubelet-arg", "node-ip", "node-ip"),
    ("kubelet-arg", "hostname-override", "node-name"),
];

/// Flags of kube-apiserver that RKE2 sets from a key, and that win over it when given as arguments.
const OVERRIDDEN: [(&str, &str); 2] = [
    ("admission-control-config-file", "pod-security-admission-config-file"),
    ("audit-policy-file", "audit-policy-file"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (flag, key) in OVERRIDDEN {
        let (Fact::Known(argument), Fact::Known(own)) =
            (node.argument("kube-apiserver-arg", flag), node.fact(key))
        else {
            continue;
        };
        let (Some(at), Some(own_at)) = (argument.at, own.at) else { continue };
        if argument.value.same(&own.value) != Some(false) {
            continue;
        }
        drafts.push(
            Draft::new(at, format!("argument `{flag}` overrides the key `{key}`, which has no effect"))
                .related(own_at, "overridden")
                .help(format!("remove the argument, or the key `{key}`")),
        );
    }
    for (list, flag, key) in KEYS {
        let Fact::Known(found) = node.argument(list, flag) else { continue };
        let (Some(at), Some(value)) = (found.at, found.value.as_text()) else { continue };
        // Any address, on purpose: a cloud provider sets the right one.
        if matches!(value.as_ref(), "0.0.0.0" | "::") {
            continue;
        }
        let same = match node.fact(key) {
            Fact::Known(own) => {
                let texts: Option<Vec<String>> = own
                    .value
                    .elements()
                    .iter()
                    .map(|element| element.as_text().map(std::borrow::Cow::into_owned))
                    .collect();
                texts.is_none_or(|texts| texts.join(",") == *value)
            }
            // An agent takes it from its server.
            Fact::Unknown => true,
            Fact::Absent(_) => false,
        };
        if same {
            continue;
        }
        drafts.push(
            Draft::new(
                at,
                format!(
                    "`{list}` sets `{flag}` to `{value}` for one component; the others keep the RKE2 key `{key}`"
                ),
            )
            .help(format!("write `{key}: {value}` instead")),
        );
    }
}
