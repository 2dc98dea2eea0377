//! Which values the templates of a chart read: Go templates are followed without running them. What they hand
//! on out of sight is open. This module must not know values.yaml or schemas.

mod abstraction;
mod functions;
mod lexer;
mod parser;
mod walk;

use std::collections::BTreeMap;

use self::abstraction::Abstract;
use self::parser::Node;
use self::walk::Walk;
use super::chart_dir::ChartDir;
use super::plant::Plant;

/// The named templates of a chart and all charts in it: they share one space of names.
pub(super) struct Defines {
    bodies: BTreeMap<String, Vec<Node>>,
}

impl Defines {
    /// Collects the named templates.
    pub(super) fn of(chart: &ChartDir) -> Self {
        let mut defines = Self { bodies: BTreeMap::new() };
        defines.collect(chart);
        defines
    }

    fn collect(&mut self, chart: &ChartDir) {
        for subchart in &chart.subcharts {
            self.collect(subchart);
        }
        for (_, text) in &chart.templates {
            if let Some(template) = parser::parse(text) {
                self.bodies.extend(template.defines);
            }
        }
    }

    fn get(&self, name: &str) -> Option<&[Node]> {
        self.bodies.get(name).map(Vec::as_slice)
    }
}

/// Adds what a chart's templates read of its values. True when they reach into subcharts in a way that cannot
/// be followed.
pub(super) fn add_references(chart: &ChartDir, defines: &Defines, plant: &mut Plant) -> bool {
    let mut walk = Walk::new(defines, plant);
    let mut named = Vec::new();
    for (_, text) in &chart.templates {
        match parser::parse(text) {
            Some(template) => {
                walk.template(&template.nodes, &Abstract::root());
                named.push(template.defines);
            }
            None => walk.give_up(),
        }
    }
    // Only now: what a guess has followed is not followed again.
    for body in named.iter().flat_map(BTreeMap::values) {
        walk.guess(body);
    }
    walk.opens_subcharts()
}
