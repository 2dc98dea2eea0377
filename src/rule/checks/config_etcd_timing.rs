//! `config/etcd-timing`: an election timeout that etcd rejects.

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

const LIST: &str = "etcd-arg";
/// The arguments with K3s' defaults in milliseconds.
const HEARTBEAT: (&str, i64) = ("heartbeat-interval", 500);
const ELECTION: (&str, i64) = ("election-timeout", 5000);
/// `maxElectionMs` of etcd.
const LONGEST: i64 = 50_000;
/// The least number of heartbeats in an election timeout.
const LEAST: i64 = 5;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    if node.setting(LIST).is_none() || node.runs_etcd() != Some(true) {
        return;
    }
    let (Some((beat, of_beat)), Some((election, of_election))) =
        (time(node, HEARTBEAT), time(node, ELECTION))
    else {
        return;
    };
    let slowest = LONGEST / LEAST;
    let draft = if let Some(at) = of_beat.filter(|_| beat > slowest) {
        let message = format!(
            "`heartbeat-interval` {beat} is above {slowest} ms, a fifth of the longest election timeout; etcd fails to start"
        );
        Draft::new(at, message).help(format!("set `heartbeat-interval` to at most {slowest}"))
    } else if let Some(at) = of_election.filter(|_| election > LONGEST) {
        let message = format!("`election-timeout` {election} is above {LONGEST} ms; etcd fails to start");
        Draft::new(at, message).help(format!("set `election-timeout={}`", fitting(beat)))
    } else if let Some(at) = of_election.or(of_beat).filter(|_| beat * LEAST > election) {
        let message = format!(
            "`election-timeout` {election} is less than five times `heartbeat-interval` {beat}; etcd fails to start"
        );
        let draft = Draft::new(at, message).help(format!("set `election-timeout={}`", fitting(beat)));
        match of_beat.filter(|beat| *beat != at) {
            Some(beat) => draft.related(beat, "heartbeat interval"),
            None => draft,
        }
    } else {
        return;
    };
    drafts.push(draft);
}

/// Ten heartbeats, or the longest election timeout.
fn fitting(beat: i64) -> i64 {
    (beat * 10).min(LONGEST)
}

/// The value of an argument, with its place if it is written; `None` if it is not a known number.
fn time(node: &NodeConfig<'_>, (name, default): (&str, i64)) -> Option<(i64, Option<Span>)> {
    match node.argument(LIST, name) {
        Fact::Known(found) => {
            let value: i64 = Datum::as_text(&found.value)?.trim().parse().ok()?;
            Some((value, found.at)).filter(|_| value > 0)
        }
        Fact::Absent(_) => Some((default, None)),
        Fact::Unknown => None,
    }
}
