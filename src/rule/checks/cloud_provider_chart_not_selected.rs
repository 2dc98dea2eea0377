//! `cloud-provider/chart-not-selected`: values for a provider chart that RKE2 does not deploy.

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::workload::PROVIDER_CHARTS;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Object { object, .. }, Some(server)) = (context.target, context.server) else { return };
    let Some(name) = object.name() else { return };
    let Some((chart, provider)) = PROVIDER_CHARTS.iter().find(|(chart, _)| *chart == name) else { return };
    if !context.cluster.is_packaged(chart) {
        return;
    }
    let setting = server.fact("cloud-provider-name");
    let selected = match &setting {
        Fact::Unknown => return,
        Fact::Absent(_) => "not set".to_owned(),
        Fact::Known(found) => match &found.value {
            Datum::Text(name) if name == provider => return,
            Datum::Text(name) if !name.is_empty() => format!("`{name}`"),
            _ => "not set".to_owned(),
        },
    };
    let message = format!(
        "`{chart}` is only deployed with `cloud-provider-name: {provider}`, which is {selected}; these values have no effect"
    );
    let mut draft = Draft::new(object.label_span(), message)
        .help(format!("set `cloud-provider-name: {provider}` in config.yaml, or remove this object"));
    if let Some(span) = setting.span() {
        draft = draft.related(span, "server configuration");
    }
    drafts.push(draft);
}
