//! `manifest/duplicate-object`: an object that is defined twice with different contents.

use crate::cluster::charts::Manifest;
use crate::cluster::deployment::{are_variants, deployments};
use crate::cluster::fact::Datum;
use crate::finding::Severity;
use crate::rke2::addon::{addon_name, copy_mark};
use crate::rke2::object::{HelmKind, Object, ObjectKey};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let units = deployments(context.cluster);
    let alone = context.cluster.manifests.iter().filter(|manifest| !manifest.is_deployed_as_is());
    // Outside manifests directories, only the documents of one file are known to be applied together.
    for unit in units.into_iter().chain(alone.map(|manifest| vec![manifest])) {
        check_unit(&unit, drafts);
    }
}

fn check_unit(unit: &[&Manifest<'_>], drafts: &mut Vec<Draft>) {
    let is_read =
        |manifest: &&&Manifest<'_>| !manifest.overlay.patch && manifest.file.stream.first_error().is_none();
    let mut all: Vec<(ObjectKey<'_>, &Manifest<'_>, Object<'_>)> = Vec::new();
    for &manifest in unit.iter().filter(is_read) {
        // Several HelmChartConfigs of a chart are reported by a separate rule.
        let objects = manifest.file.objects().filter(|object| object.helm_kind() != Some(HelmKind::Config));
        all.extend(objects.filter_map(|object| Some((ObjectKey::of(object)?, manifest, object))));
    }
    // Stable: definitions of one object stay in their order.
    all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    for pair in all.windows(2) {
        let [(key, first, earlier), (other, second, later)] = pair else { continue };
        if key == other && Datum::of(earlier.node).same(&Datum::of(later.node)) == Some(false) {
            drafts.extend(draft(key, (first, *earlier), (second, *later)));
        }
    }
}

fn draft(
    key: &ObjectKey<'_>,
    (first, earlier): (&Manifest<'_>, Object<'_>),
    (second, later): (&Manifest<'_>, Object<'_>),
) -> Option<Draft> {
    let what = format!("{} `{}`", key.kind, key.name);
    let names = [first.file.name(), second.file.name()];
    if first.file.id == second.file.id {
        let message =
            format!("{what} is defined again in this file with different contents; RKE2 drops this one");
        return Some(
            Draft::new(earlier.label_span(), message)
                .related(later.label_span(), "used instead")
                .help("remove one of the two, or change the name or namespace of one"),
        );
    }
    // Two files with one AddOn name, and copies of a file, are reported by separate rules.
    if (!second.is_certain() && are_variants(first, second))
        || addon_name(names[0]) == addon_name(names[1])
        || names.iter().any(|name| copy_mark(name).is_some())
    {
        return None;
    }
    let message = format!(
        "{what} is also defined in `{}` with different contents; the last one applied wins",
        names[0]
    );
    let mut draft = Draft::new(later.label_span(), message)
        .related(earlier.label_span(), "other definition")
        .help("keep the object in only one file");
    if !second.is_certain() {
        draft = draft.severity(Severity::Warning);
    }
    Some(draft)
}
