//! Compiles the body of a declarative rule: names, conditions, cases.

use std::sync::OnceLock;

use super::binders::{binders, computed};
use super::condition::conditions;
use super::fields::{Fields, Place, list_of};
use super::fix::fix;
use super::{Outcome, Scope, wildcard};
use crate::catalog::changes;
use crate::cluster::fact::Datum;
use crate::finding::Severity;
use crate::release::ReleaseRange;
use crate::rule::body::{
    Asked, Binder, Case, CaseReleases, Condition, Data, FixTemplate, ReportTemplate, RowIndex,
};
use crate::rule::expr::Expr;
use crate::rule::grammar::VersionRange;
use crate::rule::message::Message;
use crate::rule::names::Slot;
use crate::rule::path::{Path, Root};
use crate::rule::place::At;
use crate::rule::predicate::Predicate;
use crate::rule::raw::Raw;
use crate::spelling::nearest;

/// The parts of a report that may still be incomplete. A case inherits the parts that it does not define from `report`.
#[derive(Clone, Default)]
struct Parts {
    at: Option<At>,
    message: Option<Message>,
    help: Option<Message>,
    related: Vec<(At, Message)>,
    fix: Option<FixTemplate>,
}

pub(super) fn data_body(top: &mut Fields<'_, '_>, scope: Scope<'_>) -> Outcome<Data> {
    let mut bound = match top.take("for-each") {
        Some(raw) => binders(raw, &top.at("for-each"), scope)?,
        None => Vec::new(),
    };
    if let Some(raw) = top.take("let") {
        bound.extend(computed(raw, &top.at("let"), scope)?);
    }
    let written = top.take("cases");
    let when = match (top.take("when"), written) {
        (Some(raw), _) => conditions(raw, &top.at("when"), scope)?,
        (None, Some(_)) => Vec::new(),
        (None, None) => conditions(top.required("when")?, &top.at("when"), scope)?,
    };
    let mut shared = match (top.take("report"), written) {
        (Some(raw), _) => parts(Fields::new(raw, top.at("report"))?, scope)?,
        (None, Some(_)) => Parts::default(),
        (None, None) => parts(Fields::new(top.required("report")?, top.at("report"))?, scope)?,
    };
    if let Some(raw) = top.take("fix") {
        shared.fix = Some(fix(raw, top.at("fix"), scope)?);
    }
    let all = matches!(top.take("all"), Some(Raw::Bool(true)));
    let cases = match written {
        None => vec![finish(Vec::new(), shared, &top.at("report"))?],
        Some(raw) => cases(raw, &top.at("cases"), &shared, all, scope)?,
    };
    if scope.strict
        && let Some(name) = scope.names.unused()
    {
        return Err(top.error("for-each", format!("`${name}` is never used")));
    }
    Ok(assemble(bound, when, cases, all, scope))
}

fn parts(mut fields: Fields<'_, '_>, scope: Scope<'_>) -> Outcome<Parts> {
    let parts = take_parts(&mut fields, scope)?;
    fields.finish()?;
    Ok(parts)
}

fn take_parts(fields: &mut Fields<'_, '_>, scope: Scope<'_>) -> Outcome<Parts> {
    let at = fields.place_of("at", scope)?;
    let message = fields.message("message", scope)?;
    let help = fields.message("help", scope)?;
    let mut related = Vec::new();
    if let Some(list) = fields.take("related") {
        let place = fields.at("related");
        for (index, item) in list_of(list, &place)?.iter().enumerate() {
            let mut item = Fields::new(item, place.index(index))?;
            let at = item.place_of("at", scope)?.ok_or_else(|| item.missing("at"))?;
            related.push((at, item.required_message("message", scope)?));
            item.finish()?;
        }
    }
    Ok(Parts { at, message, help, related, fix: None })
}

fn finish(when: Vec<Condition>, parts: Parts, place: &Place<'_>) -> Outcome<Case> {
    let missing = |name: &str| place.error(format!("missing field `{name}`"));
    Ok(Case {
        when,
        releases: None,
        chart_versions: None,
        severity: None,
        report: ReportTemplate {
            at: parts.at.ok_or_else(|| missing("at"))?,
            message: parts.message.ok_or_else(|| missing("message"))?,
            related: parts.related,
            help: parts.help,
            fix: parts.fix,
        },
    })
}

fn cases(raw: &Raw, place: &Place<'_>, shared: &Parts, all: bool, scope: Scope<'_>) -> Outcome<Vec<Case>> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, item) in list_of(raw, place)?.iter().enumerate() {
        let place = place.index(index);
        let always =
            |case: &Case| case.when.is_empty() && case.releases.is_none() && case.chart_versions.is_none();
        if !all && cases.last().is_some_and(always) {
            return Err(place.error("this case is never reached: the one before it always holds"));
        }
        let mut fields = Fields::new(item, place)?;
        let when = match fields.take("when") {
            Some(raw) => conditions(raw, &fields.at("when"), scope)?,
            None => Vec::new(),
        };
        let releases = case_releases(&mut fields)?;
        let chart_versions = match fields.texts("chart-version")?.into_iter().next() {
            None => None,
            Some(range) => {
                Some(VersionRange::parse(&range).map_err(|message| fields.error("chart-version", message))?)
            }
        };
        let severity = match fields.texts("severity")?.into_iter().next() {
            None => None,
            Some(level) => {
                let level = level.parse::<Severity>();
                Some(level.map_err(|error| fields.error("severity", error.to_string()))?)
            }
        };
        let own = take_parts(&mut fields, scope)?;
        let own_fix = match fields.take("fix") {
            Some(raw) => Some(fix(raw, fields.at("fix"), scope)?),
            None => None,
        };
        let merged = Parts {
            at: own.at.or_else(|| shared.at.clone()),
            message: own.message.or_else(|| shared.message.clone()),
            help: own.help.or_else(|| shared.help.clone()),
            related: if own.related.is_empty() { shared.related.clone() } else { own.related },
            fix: own_fix.or_else(|| shared.fix.clone()),
        };
        let place = *fields.place();
        fields.finish()?;
        let case = finish(when, merged, &place)?;
        cases.push(Case { releases, chart_versions, severity, ..case });
    }
    if cases.is_empty() { Err(place.error("expected at least one case")) } else { Ok(cases) }
}

/// The releases of a case: a range, a list of ranges, or `{change: NAME}`.
fn case_releases(fields: &mut Fields<'_, '_>) -> Outcome<Option<CaseReleases>> {
    let Some(raw) = fields.get("rke2") else { return Ok(None) };
    if matches!(raw, Raw::Map(_)) {
        fields.take("rke2");
        let mut change = Fields::new(raw, fields.at("rke2"))?;
        let name = change.required_text("change")?;
        let known =
            || changes().iter().filter(|change| change.chart.is_none()).map(|change| change.name.as_str());
        if !known().any(|known| known == name) {
            let near = nearest(&name, known(), 3);
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(change.error("change", format!("unknown change `{name}`{near}")));
        }
        change.finish()?;
        return Ok(Some(CaseReleases::Change(name.into_owned())));
    }
    let ranges = fields.texts("rke2")?;
    let range = ReleaseRange::parse(ranges.iter().map(AsRef::as_ref));
    range
        .map(|range| Some(CaseReleases::Range(range)))
        .map_err(|error| fields.error("rke2", error.to_string()))
}

/// Assembles the body: replaces wildcards by names, and computes how many binders each condition needs.
fn assemble(
    mut binders: Vec<Binder>,
    mut when: Vec<Condition>,
    mut cases: Vec<Case>,
    all: bool,
    scope: Scope<'_>,
) -> Data {
    wildcard::bind(&mut binders, &mut when, &mut cases, scope);
    let mut levels = vec![0; scope.names.len()];
    for (index, binder) in binders.iter().enumerate() {
        for slot in binder.slots() {
            levels[slot.0] = index + 1;
        }
    }
    let mut asks_hosts = false;
    let mut asks = |path: &mut Path| asks_hosts |= path.root == Root::Host;
    for binder in &mut binders {
        binder.visit(&mut asks);
    }
    for condition in &mut when {
        condition.visit(&mut asks);
    }
    for case in &mut cases {
        case.visit(&mut asks);
    }
    let mut when: Vec<Asked> = when
        .into_iter()
        .enumerate()
        .map(|(index, mut condition)| {
            let mut needs = 0;
            condition.visit(&mut |path| {
                needs = path.slots().map(|slot| levels[slot.0]).fold(needs, usize::max);
            });
            Asked { needs, index, condition }
        })
        .collect();
    for (at, binder) in binders.iter_mut().enumerate() {
        index_rows(at, binder, &mut when, &levels);
    }
    Data { binders, when, cases, all, asks_hosts }
}

/// Replaces the condition that compares an operand with a column of a larger table by an index on that column.
fn index_rows(at: usize, binder: &mut Binder, when: &mut Vec<Asked>, levels: &[usize]) {
    let Binder::Rows { slots, rows, index } = binder else { return };
    let level = |path: &Path| path.slots().map(|slot| levels[slot.0]).max().unwrap_or(0);
    let column_of = |path: &Path| -> Option<usize> {
        let slot = path.slots().next().filter(|_| path.steps.is_empty())?;
        slots.iter().position(|known: &Slot| *known == slot)
    };
    let is_text = |column: usize| rows.iter().all(|row| matches!(row[column], Datum::Text(_)));
    let found = when.iter().enumerate().find_map(|(position, asked)| {
        let Condition::Test(operand, Predicate::SameAs(Expr::Path(column))) = &asked.condition else {
            return None;
        };
        let column = column_of(column).filter(|column| is_text(*column))?;
        operand.paths().into_iter().all(|path| level(path) <= at).then_some((position, column))
    });
    if let Some((position, column)) = found
        && rows.len() > 4
        && let Asked { condition: Condition::Test(operand, _), index: asked, .. } = when.remove(position)
    {
        *index = Some(RowIndex { asked, operand, column, rows: OnceLock::new() });
    }
}
