//! `config/component-arg-unknown`: flags that no component has, or that the release does not have yet.

use crate::catalog::components::{self, Fate, is_beyond};
use crate::finding::{Safety, Severity};
use crate::rule::arguments::{given, program};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let target = &context.cluster.target;
    for given in given(node) {
        let name = given.name();
        let component = given.component;
        if let Some(flag) = components::flag(component, &name) {
            if let Fate::Added(minor) = flag.minors.fate(target) {
                let message = format!(
                    "flag `{name}` was added in Kubernetes 1.{minor}; {} fails to start",
                    program(component)
                );
                drafts.push(
                    Draft::new(given.node.span(), message).help("remove the flag, or upgrade RKE2 first"),
                );
            }
            continue;
        }
        if is_beyond(target) || components::owners(&name).next().is_some() {
            continue;
        }
        let known = components::flags(component).map(|flag| flag.name);
        let near = nearest(&name, known, 3);
        let draft = match component {
            "etcd" => {
                let message = format!("unknown etcd option `{name}`; etcd silently ignores it");
                Draft::new(given.node.span(), message).severity(Severity::Warning)
            }
            // RKE2's own cloud controller manager may have more flags than the library.
            "cloud-controller-manager" if near.is_none() => continue,
            _ => Draft::new(
                given.node.span(),
                format!("unknown flag `{name}`; {} fails to start", program(component)),
            ),
        };
        drafts.push(match near {
            Some(near) => {
                // The component fails to start today, so the fix cannot change a working cluster.
                let safety = if component == "etcd" { Safety::Unsafe } else { Safety::Safe };
                let right = given.text.replacen(given.argument().name, near, 1);
                let edit = given.reworded(&right);
                draft.help(format!("did you mean `{near}`?")).fixed(safety, format!("write `{right}`"), edit)
            }
            None => draft.help(format!("remove `{}` from `{}`", given.text, given.list)),
        });
    }
}
