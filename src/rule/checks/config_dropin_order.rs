//! `config/dropin-order`: numbered drop-ins that sort in an unexpected order.

use std::cmp::Ordering;

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for lost in &node.merged.overwritten {
        let name_of = |entry: &crate::yaml::Entry<'_>| {
            node.drop_ins.iter().find(|file| file.id == entry.key.span().file).map(|file| file.name())
        };
        let Some(later) = name_of(&lost.later) else { continue };
        for entry in &lost.earlier {
            let Some(earlier) = name_of(entry) else { continue };
            let (Some(low), Some(high)) = (number(later), number(earlier)) else { continue };
            if low.cmp(&high) != Ordering::Less {
                continue;
            }
            drafts.push(
                Draft::new(
                    lost.later.key.span(),
                    format!("`{}` from `{earlier}` is overridden; `{later}` is read after it because names sort as strings", lost.key),
                )
                .related(entry.key.span(), "read first")
                .help(format!("pad the numbers to equal width: `{high}` and `{low:0width$}`", width = high.to_string().len())),
            );
        }
    }
}

/// The leading number of a file name.
fn number(name: &str) -> Option<u32> {
    name[..name.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}
