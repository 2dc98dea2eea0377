//! Finds the subject of a rule in the previous tree. Produces no findings.

use crate::cluster::Cluster;
use crate::cluster::charts::{ChartObject, Manifest};
use crate::cluster::server::NodeConfig;
use crate::rke2::object::{HelmKind, Object};

/// The HelmChart or HelmChartConfig of the same kind and name; `None` when there were several, or when the name did not
/// refer to a packaged chart.
pub fn chart<'c, 'a>(before: &'c Cluster<'a>, now: &ChartObject<'a>) -> Option<&'c ChartObject<'a>> {
    match now.kind {
        HelmKind::Chart => only(before.helm_charts(&now.name)),
        HelmKind::Config => only(before.chart_configs(&now.name)),
    }
    .filter(|_| before.is_packaged(&now.name))
}

/// The only element; `None` where there are several or none.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next();
    first.filter(|_| all.next().is_none())
}

/// The object of the same kind, namespace and name; `None` when there were several.
pub fn object<'c, 'a>(before: &'c Cluster<'a>, now: Object<'a>) -> Option<(Object<'a>, &'c Manifest<'a>)> {
    let name = now.name()?;
    only(
        before
            .objects_named(&name)
            .filter(|(object, _)| object.kind() == now.kind() && object.namespace() == now.namespace()),
    )
}

/// The configuration whose first file has the same path and whose role is the same.
pub fn node<'c, 'a>(before: &'c Cluster<'a>, now: &NodeConfig<'a>) -> Option<&'c NodeConfig<'a>> {
    let path = |node: &NodeConfig<'a>| node.files().next().map(|file| file.path().to_owned());
    let wanted = path(now);
    before.nodes.iter().find(|node| path(node) == wanted && node.role == now.role)
}
