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

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    if node.setting(LIST).is_none() {
        return;
    }
    let (Some((beat, of_beat)), Some((election, of_election))) =
        (time(node, HEARTBEAT), time(node, ELECTION))
    else {
        return;
    };
    if let Some(at) = of_election.filter(|_| election > LONGEST) {
        let message = format!("`election-timeout` {election} is above {LONGEST} ms; etcd fails to start");
        drafts.push(Draft::new(at, message).help("set `election-timeout` to ten times `heartbeat-interval`"));
    } else if let Some(at) = of_election.or(of_beat).filter(|_| beat.saturating_mul(5) > election) {
        let message = format!(
            "`election-timeout` {election} is less than five times `heartbeat-interval` {beat}; etcd fails to start"
        );
        let mut draft = Draft::new(at, message)
            .help(format!("set `election-timeout={}`", beat.saturating_mul(10).min(LONGEST)));
        if let Some(beat) = of_beat.filter(|beat| *beat != at) {
            draft = draft.related(beat, "heartbeat interval");
        }
        drafts.push(draft);
    }
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
