//! Combines the values that a chart's values.yaml, schema, templates and subcharts accept. Must not read archives.

use serde_json::Value;

use super::chart_dir::{ChartDir, Dependency};
use super::plant::Plant;
use super::template::{self, Defines};
use super::{Surroundings, schema};
use crate::catalog::attr::{Flags, Scalar, Types};
use crate::catalog::chart::ANY;

/// Maximum number of nodes that subcharts may add in total, each counted once for itself and for every parent: a chart
/// may be included under a thousand names, and again in each of these.
const LARGEST: usize = 500_000;

/// The accepted values of a chart, including those of its subcharts.
pub(super) fn accepted(chart: &ChartDir, defines: &Defines) -> Plant {
    let mut left = LARGEST;
    with_subcharts(chart, defines, &mut left)
}

fn with_subcharts(chart: &ChartDir, defines: &Defines, left: &mut usize) -> Plant {
    let mut plant = Plant::default();
    plant.flags = Flags::READ | Flags::VALUES;
    plant.types = Types::MAP;
    add_values(&chart.values, &mut plant);
    if let Some(schema) = &chart.schema {
        schema::add(schema, &mut plant);
    }
    let opens_subcharts = template::add_references(chart, defines, &mut plant);
    for (path, value) in &chart.hints {
        add_hint(value, path, &mut plant);
    }
    for subchart in &chart.subcharts {
        let mut keys: Vec<&str> =
            chart.dependencies.iter().filter(|one| one.name == subchart.name).map(Dependency::key).collect();
        if keys.is_empty() {
            keys.push(&subchart.name);
        }
        let mut below = with_subcharts(subchart, defines, left);
        // `global` is one map that the parent and its subcharts share.
        if let Some(global) = below.children.remove("global") {
            // It can also be set under the subchart's own key.
            below.at(&["global"]).flags = Flags::OPEN | Flags::READ;
            below.at(&["global"]).types = Types::MAP;
            plant.at(&["global"]).join(global);
        }
        if opens_subcharts {
            below.open();
        }
        let weight = below.weight(1);
        for key in keys {
            match left.checked_sub(weight) {
                Some(rest) => {
                    *left = rest;
                    plant.at(&[key]).join(below.clone());
                }
                None => plant.at(&[key]).open(),
            }
        }
    }
    for dependency in &chart.dependencies {
        add_dependency(dependency, chart, &mut plant);
    }
    plant.at(&["global"]).open();
    plant.at(&["global"]).types |= Types::MAP;
    plant
}

/// Uses the type of a commented-out value if a template reads the value and no other source describes it. Also adds
/// keys of a commented-out list item, because users copy these.
fn add_hint(value: &Value, path: &[String], plant: &mut Plant) {
    if let Some(list) = path.iter().position(|key| key == ANY).and_then(|at| plant.find(&path[..at]))
        && list.flags.contains(Flags::VALUES)
        && list.types.contains(Types::LIST)
    {
        let place = plant.at(path);
        if !place.flags.intersects(Flags::READ | Flags::VALUES | Flags::SCHEMA) {
            place.flags |= Flags::COMMENTED;
        }
    }
    let Some(place) = plant.find(path) else { return };
    let read = place.flags.contains(Flags::READ) && !place.flags.intersects(Flags::VALUES | Flags::SCHEMA);
    if read && place.types.is_unknown() && place.children.is_empty() {
        place.flags |= Flags::COMMENTED;
        place.default = Scalar::from_json(value);
        place.types = match value {
            Value::Array(_) => Types::LIST,
            Value::Object(_) => Types::MAP,
            _ => place.default.as_ref().map_or(Types::UNKNOWN, Scalar::types),
        };
    }
}

/// Adds facts from RKE2 and from the definitions of custom resources.
pub(super) fn add_surroundings(plant: &mut Plant, surroundings: &Surroundings) {
    for (path, types) in &surroundings.injected {
        let place = plant.at(path);
        place.flags |= Flags::READ | Flags::INJECTED;
        place.types |= *types;
    }
    for (path, schema) in &surroundings.resources {
        let Some(place) = plant.find(path) else { continue };
        let mut resource = Plant::default();
        schema::add(schema, &mut resource);
        resource.mark_all(Flags::CRD);
        resource.settle();
        // The template passes the whole map, but keys that the resource does not have are without effect.
        place.flags = place.flags.without(Flags::OPEN | Flags::FREE_KEYS);
        place.children.remove(ANY);
        place.join(resource);
    }
}

/// Adds the keys, types and defaults of values.yaml.
fn add_values(value: &Value, plant: &mut Plant) {
    plant.flags |= Flags::VALUES;
    if let Some(default) = Scalar::from_json(value) {
        plant.types |= default.types();
        plant.default.get_or_insert(default);
        return;
    }
    match value {
        Value::Object(map) => {
            plant.types |= Types::MAP;
            for (key, value) in map {
                add_values(value, plant.at(&[key]));
            }
        }
        Value::Array(items) => {
            plant.types |= Types::LIST;
            for item in items {
                add_values(item, plant.at(&[ANY]));
            }
        }
        _ => {}
    }
}

/// Adds the keys that enable a dependency and set its values.
fn add_dependency(dependency: &Dependency, chart: &ChartDir, plant: &mut Plant) {
    if dependency.key().is_empty() {
        return;
    }
    for condition in dependency.condition.iter().flat_map(|text| text.split(',')) {
        let path: Vec<&str> = condition.trim().split('.').filter(|key| !key.is_empty()).collect();
        if !path.is_empty() {
            let switch = plant.at(&path);
            switch.read(false);
            switch.types |= Types::BOOL;
        }
    }
    for tag in &dependency.tags {
        plant.at(&["tags", tag]).read(false);
    }
    let packed = chart.subcharts.iter().any(|subchart| subchart.name == dependency.name);
    // The values of a chart that is not in the archive, and values imported into the parent, are unknown.
    if !packed {
        plant.at(&[dependency.key()]).open();
    }
    for import in dependency.import_values.iter().filter_map(Value::as_array).flatten() {
        let parent = import.get("parent").and_then(Value::as_str).unwrap_or_default();
        let path: Vec<&str> = parent.split('.').filter(|key| !key.is_empty()).collect();
        plant.at(&path).open();
    }
}
