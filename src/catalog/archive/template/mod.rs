//! Which values the templates of a chart read, by abstract interpretation: Go templates are followed without running
//! them. Where values are passed to something we cannot follow, every key is accepted. Must not know values.yaml or
//! schemas.

mod abstraction;
mod functions;
mod lexer;
mod parser;
mod walk;

use std::cell::Cell;
use std::collections::BTreeMap;

use self::abstraction::Abstract;
use self::parser::Node;
use self::walk::Walk;
use super::chart_dir::ChartDir;
use super::plant::Plant;

/// Maximum number of tokens that are kept, for all charts of an archive.
const MOST_TOKENS: usize = 500_000;
/// Maximum number of steps through the templates of all charts of an archive.
const MOST_STEPS: usize = 1_000_000;

/// The named templates of a chart and all of its subcharts, which share one namespace.
pub(super) struct Defines {
    bodies: BTreeMap<String, Vec<Node>>,
    tokens: Cell<usize>,
    /// Remaining steps for all charts together.
    steps: Cell<usize>,
}

impl Defines {
    /// Collects the named templates of a chart.
    pub(super) fn of(chart: &ChartDir) -> Self {
        let mut defines =
            Self { bodies: BTreeMap::new(), tokens: Cell::new(MOST_TOKENS), steps: Cell::new(MOST_STEPS) };
        defines.collect(chart);
        defines
    }

    fn collect(&mut self, chart: &ChartDir) {
        for subchart in &chart.subcharts {
            self.collect(subchart);
        }
        for (_, text) in &chart.templates {
            // A template that is not kept is treated as unknown: everything passed to it is opened.
            if let Some(template) = parser::parse(text)
                && take(&self.tokens, template.size)
            {
                self.bodies.extend(template.defines);
            }
        }
    }

    fn get(&self, name: &str) -> Option<&[Node]> {
        self.bodies.get(name).map(Vec::as_slice)
    }
}

/// Takes from a budget; returns false if it is exhausted.
fn take(left: &Cell<usize>, count: usize) -> bool {
    let rest = left.get().checked_sub(count);
    left.set(rest.unwrap_or(0));
    rest.is_some()
}

/// Adds the values that a chart's templates read. Returns true if the templates access subcharts in a way that cannot
/// be followed.
pub(super) fn add_references(chart: &ChartDir, defines: &Defines, plant: &mut Plant) -> bool {
    let mut walk = Walk::new(defines, &chart.files, plant);
    let mut named = Vec::new();
    let mut tokens = MOST_TOKENS;
    for (_, text) in &chart.templates {
        match parser::parse(text) {
            Some(template) if template.size <= tokens => {
                tokens -= template.size;
                walk.template(&template.nodes, &Abstract::root());
                named.push(template.defines);
            }
            _ => walk.give_up(),
        }
    }
    // Named templates that nothing called are walked last, with a guessed context; visited ones are skipped.
    for body in named.iter().flat_map(BTreeMap::values) {
        walk.guess(body);
    }
    walk.opens_subcharts()
}
