//! `ingress/traefik-static-option`: unknown command-line arguments of Traefik.

use crate::catalog::compare_versions;
use crate::catalog::traefik::{Found, option};
use crate::cluster::fact::Datum;
use crate::finding::Safety;
use crate::rule::{Context, Draft, edit};
use crate::spelling::nearest;
use crate::yaml::template_mark;

/// The first chart with Traefik 3.
const THIRD: &str = "34";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let versions = context.cluster.versions("rke2-traefik");
    let own_image =
        ["repository", "tag"].iter().any(|key| context.value(&["image", key]).is_written() != Some(false));
    let is_third = !own_image
        && !versions.is_empty()
        && versions
            .iter()
            .all(|version| version.is_some_and(|version| compare_versions(version, THIRD).is_ge()));
    for list in ["additionalArguments", "globalArguments"] {
        let value = context.value(&[list]);
        let (Some(Datum::List(items)), Some(true)) = (value.value(), value.is_written()) else { continue };
        for item in items {
            let (Some(text), Some(at)) = (item.value.as_text(), item.at) else { continue };
            let Some(name) = name(&text) else { continue };
            match option(name) {
                Found::Unknown(index, known) => {
                    let parts: Vec<&str> = name.split('.').collect();
                    let lower = parts[index].to_ascii_lowercase();
                    let near = nearest(&lower, known.into_iter().filter(|known| *known != "*"), 3);
                    let right = near.map(|near| {
                        let mut right = parts.clone();
                        right[index] = near;
                        right.join(".")
                    });
                    let help = right.as_ref().map_or_else(
                        || "remove the argument, or use an option of Traefik's reference".to_owned(),
                        |right| format!("did you mean `--{right}`?"),
                    );
                    let mut items =
                        context.written(&[list]).into_iter().flat_map(|entry| entry.value.items());
                    let edit = right.as_ref().and_then(|right| {
                        let item = items.find(|item| item.span() == at)?;
                        edit::reword_part(item, name, right)
                    });
                    let draft =
                        Draft::new(at, format!("unknown option `{name}`; Traefik fails to start")).help(help);
                    drafts.push(draft.fixed(Safety::Safe, "correct the spelling", edit));
                }
                Found::Known(node) if is_third && node.majors == [2] => drafts.push(
                    Draft::new(
                        at,
                        format!("option `{name}` was removed in Traefik 3; Traefik fails to start"),
                    )
                    .help("remove the argument; the migration guide of Traefik names what replaces it"),
                ),
                Found::Known(_) => {}
            }
        }
    }
}

/// The name of the option in an argument; `None` if it cannot be looked up.
fn name(text: &str) -> Option<&str> {
    let argument = text.trim().strip_prefix("--")?;
    let name = argument.split_once('=').map_or(argument, |(name, _)| name);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_[]@/".contains(c);
    let is_foreign = name.to_ascii_lowercase().split('.').next() == Some("hub");
    (!name.is_empty() && !is_foreign && template_mark(text).is_none() && name.chars().all(is_plain))
        .then_some(name)
}
