//! `config/etcd-snapshot-retention`: snapshots that cover less than an hour.

use crate::cluster::fact::Fact;
use crate::finding::Safety;
use crate::rke2::file::RkeFile;
use crate::rule::{Context, Draft, Target, edit};

/// The minimum time that snapshots should cover, in minutes.
const ENOUGH: u64 = 60;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let is_off =
        |key: &str| matches!(node.fact(key), Fact::Known(found) if found.value.as_bool() == Some(false));
    let has_snapshots = is_off("etcd-disable-snapshots") && node.runs_etcd() == Some(true);
    if !has_snapshots || node.setting("etcd-s3-retention").is_some() {
        return;
    }
    let Fact::Known(schedule) = node.fact("etcd-snapshot-schedule-cron") else { return };
    let (Some(text), Some(at)) = (schedule.value.as_text(), schedule.at) else { return };
    let Fact::Known(retention) = node.fact("etcd-snapshot-retention") else { return };
    let kept = retention.value.as_text().and_then(|kept| kept.parse::<u64>().ok());
    let (Some(every), Some(kept)) = (minutes(&text), kept.filter(|kept| *kept > 0)) else { return };
    let reach = every.saturating_mul(kept);
    if every > 0 && reach < ENOUGH {
        let message = format!("{kept} snapshots every {every} minutes reach back only {reach} minutes");
        let needed = ENOUGH.div_ceil(every);
        let draft = Draft::new(at, message)
            .help(format!("set `etcd-snapshot-retention` to {needed} or more, or take snapshots less often"));
        // Report the retention if it is written, or else the schedule.
        let place = retention.at.unwrap_or(at);
        let mut roots = node.files().filter(|file| file.id == place.file).filter_map(RkeFile::first_root);
        let edit =
            roots.next().and_then(|root| edit::set(root, &["etcd-snapshot-retention"], &needed.to_string()));
        let words = format!("set `etcd-snapshot-retention` to {needed}");
        drafts.push(draft.fixed(Safety::Unsafe, words, edit));
    }
}

/// The interval of a schedule in minutes; `None` if it is not constant over the day.
fn minutes(schedule: &str) -> Option<u64> {
    if let Some(interval) = schedule.trim().strip_prefix("@every ") {
        let minutes = interval.trim().strip_suffix("0s").unwrap_or(interval.trim()).strip_suffix('m')?;
        return minutes.parse().ok();
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    match fields[..] {
        [minute, "*", "*", "*", "*"] => {
            minute.strip_prefix("*/")?.parse().ok().filter(|step| *step > 0 && 60 % step == 0)
        }
        _ => None,
    }
}
