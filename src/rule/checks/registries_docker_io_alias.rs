//! `registries/docker-io-alias`: a mirror for another name of Docker Hub, which images do not use.

use crate::finding::Safety;
use crate::rke2::registries::{host_name, mirrors};
use crate::rule::{Context, Draft, Target, edit};

const ALIASES: [&str; 4] =
    ["index.docker.io", "registry-1.docker.io", "hub.docker.com", "registry.hub.docker.com"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let mirrors = mirrors(file);
    // Beside a mirror for Docker Hub itself, it serves images that are named so on purpose.
    if mirrors.iter().any(|mirror| matches!(host_name(mirror).as_ref(), "docker.io" | "*")) {
        return;
    }
    for mirror in &mirrors {
        let name = host_name(mirror);
        if ALIASES.contains(&name.as_ref()) {
            drafts.push(
                Draft::new(
                    mirror.key.span(),
                    format!(
                        "containerd uses the name `docker.io`; the mirror `{name}` does not apply to images without a registry"
                    ),
                )
                .help("write `docker.io`")
                .fixed(
                    Safety::Unsafe,
                    "write `docker.io`",
                    edit::rename(*mirror, "docker.io"),
                ),
            );
        }
    }
}
