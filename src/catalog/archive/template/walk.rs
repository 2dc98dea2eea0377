//! Follows a template through its branches and calls, and records each value path that it reads. Must not
//! know single functions.

use std::collections::BTreeSet;

use super::abstraction::{Abstract, Thing};
use super::parser::{Node, Operand, Pipeline, parse};
use super::{Defines, functions, take};
use crate::catalog::archive::plant::Plant;
use crate::catalog::attr::Flags;

/// Steps after which a chart is taken as too tangled to follow.
const STEPS: usize = 200_000;
/// Calls of one template inside itself that are followed.
const REPEATED: usize = 2;
/// Calls inside one another that are followed.
const DEEPEST: usize = 40;
/// Things one expression may stand for before it counts as anything.
const WIDEST: usize = 48;
/// The same for all that is in its maps and lists: one that holds itself twice doubles with each step.
const LARGEST: usize = 1_000;
/// Bytes of a text that are read again as a template for the cost of a step.
const BYTES_A_STEP: usize = 64;

pub(super) struct Walk<'a> {
    defines: &'a Defines,
    /// Files of the chart that templates may read.
    files: &'a [(String, String)],
    plant: &'a mut Plant,
    /// The named templates that are being followed, innermost last.
    running: Vec<String>,
    called: BTreeSet<(String, Abstract)>,
    steps: usize,
    depth: usize,
    guarding: bool,
    guessing: bool,
    opens_subcharts: bool,
}

/// What names mean at one point of a template.
struct Scope {
    variables: Vec<(String, Abstract)>,
    dollar: Abstract,
}

impl<'a> Walk<'a> {
    pub(super) fn new(defines: &'a Defines, files: &'a [(String, String)], plant: &'a mut Plant) -> Self {
        Self {
            defines,
            files,
            plant,
            running: Vec::new(),
            called: BTreeSet::new(),
            steps: 0,
            depth: 0,
            guarding: false,
            guessing: false,
            opens_subcharts: false,
        }
    }

    /// Follows a template that is given a context.
    pub(super) fn template(&mut self, nodes: &[Node], context: &Abstract) {
        let mut scope = Scope { variables: Vec::new(), dollar: context.clone() };
        self.nodes(nodes, context, &mut scope);
    }

    /// Follows a named template as if it were given the root: a name that is put together at run time may
    /// call it from anywhere.
    pub(super) fn guess(&mut self, nodes: &[Node]) {
        self.guessing = true;
        self.template(nodes, &Abstract::root());
        self.guessing = false;
    }

    /// Takes everything as accepted.
    pub(super) fn give_up(&mut self) {
        self.plant.open();
        self.opens_subcharts = true;
    }

    /// Whether the templates reach into subcharts.
    pub(super) fn opens_subcharts(&self) -> bool {
        self.opens_subcharts
    }

    /// Notes that a value is read as it is.
    pub(super) fn read(&mut self, value: &Abstract) {
        let guard = self.guarding;
        self.mark(value, &mut |plant| plant.read(guard));
    }

    /// Notes marks for the places a value may be.
    pub(super) fn flag(&mut self, value: &Abstract, flags: Flags) {
        self.mark(value, &mut |plant| plant.flags |= flags);
    }

    /// Notes that a value is passed on whole, so that anything below it is accepted.
    pub(super) fn open(&mut self, value: &Abstract) {
        for thing in &value.0 {
            match thing {
                // A guess at how a template may be called proves nothing.
                Thing::Root if self.guessing => {}
                Thing::Root => self.give_up(),
                Thing::Place(path) => self.plant.at(path).open(),
                Thing::Subcharts => self.opens_subcharts = true,
                Thing::Files | Thing::File(_) | Thing::Text(_) => {}
                Thing::Dict(entries) => entries.values().for_each(|value| self.open(value)),
                Thing::List(elements) => self.open(elements),
                Thing::Tuple(elements) => elements.iter().for_each(|value| self.open(value)),
            }
        }
    }

    /// Follows a named template.
    pub(super) fn call(&mut self, name: &Abstract, context: &Abstract) {
        let Some(names) = name.texts() else {
            // Called with the root, it is a template file, or one that is followed with the root anyway.
            self.open_unless_root(context);
            return;
        };
        for name in names {
            let Some(body) = self.defines.get(name) else {
                self.open(context);
                continue;
            };
            let again = self.running.iter().filter(|running| *running == name).count();
            if self.depth > DEEPEST || again > REPEATED {
                // A template that calls itself goes down a tree of unknown depth.
                self.open_unless_root(context);
            } else if !self.step(context.size(LARGEST)) {
                self.give_up();
            } else if self.called.insert((name.to_owned(), context.clone())) {
                self.depth += 1;
                // What a called template reads, it reads for more than the guard that calls it.
                let guarding = std::mem::replace(&mut self.guarding, false);
                self.running.push(name.to_owned());
                self.template(body, context);
                self.running.pop();
                self.guarding = guarding;
                self.depth -= 1;
            }
        }
    }

    /// Follows a text that is a template itself.
    pub(super) fn evaluate(&mut self, text: &Abstract, context: &Abstract) {
        for thing in &text.0 {
            let text = match thing {
                // The text of such a file is not at hand: it may read anything.
                Thing::Files => {
                    self.open(context);
                    continue;
                }
                Thing::File(name) => {
                    let file = self.files.iter().find(|(known, _)| known == name);
                    file.map_or("", |(_, text)| text.as_str())
                }
                Thing::Text(text) => text,
                Thing::Place(path) => match self.plant.template_at(path) {
                    Some(default) => &default.clone(),
                    None => continue,
                },
                _ => continue,
            };
            if !self.step(text.len() / BYTES_A_STEP) {
                self.open(context);
                return;
            }
            if self.depth <= DEEPEST {
                match parse(text) {
                    Some(template) => {
                        self.depth += 1;
                        self.template(&template.nodes, context);
                        self.depth -= 1;
                    }
                    None => self.open(context),
                }
            }
        }
        self.open(text);
        self.open_unless_root(context);
    }

    /// Counts steps; false when no more may be gone.
    fn step(&mut self, count: usize) -> bool {
        self.steps = self.steps.saturating_add(count);
        take(&self.defines.steps, count) && self.steps <= STEPS
    }

    fn open_unless_root(&mut self, context: &Abstract) {
        let rest = context.0.iter().filter(|thing| **thing != Thing::Root).map(|thing| match thing {
            // The root is passed on under a name: `dict "context" $`.
            Thing::Dict(entries) => {
                let root = Abstract::root();
                let entries = entries.iter().filter(|(_, value)| **value != root);
                Thing::Dict(entries.map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            Thing::Tuple(elements) => {
                let root = Abstract::root();
                Thing::Tuple(elements.iter().filter(|value| **value != root).cloned().collect())
            }
            other => other.clone(),
        });
        let rest = Abstract(rest.collect());
        self.open(&rest);
    }

    fn mark(&mut self, value: &Abstract, note: &mut dyn FnMut(&mut Plant)) {
        if !self.step(value.0.len().saturating_sub(1)) {
            return self.give_up();
        }
        for thing in &value.0 {
            match thing {
                Thing::Place(path) => note(self.plant.at(path)),
                Thing::Subcharts => self.opens_subcharts = true,
                Thing::Dict(entries) => entries.values().for_each(|value| self.mark(value, note)),
                Thing::List(elements) => self.mark(elements, note),
                Thing::Tuple(elements) => elements.iter().for_each(|value| self.mark(value, note)),
                Thing::Root | Thing::Files | Thing::File(_) | Thing::Text(_) => {}
            }
        }
    }

    fn nodes(&mut self, nodes: &[Node], dot: &Abstract, scope: &mut Scope) {
        let visible = scope.variables.len();
        for node in nodes {
            if !self.step(1) {
                self.give_up();
                return;
            }
            self.node(node, dot, scope);
        }
        scope.variables.truncate(visible);
    }

    fn node(&mut self, node: &Node, dot: &Abstract, scope: &mut Scope) {
        let visible = scope.variables.len();
        match node {
            Node::Action(pipeline) => {
                let value = self.pipeline(pipeline, dot, scope);
                if pipeline.variables.is_empty() {
                    self.read(&value);
                } else {
                    bind(scope, pipeline, &value);
                }
                return;
            }
            Node::If { condition, then, otherwise } => {
                let outer = self.guarding;
                self.guarding |= then.iter().any(fails);
                let value = self.pipeline(condition, dot, scope);
                self.read(&value);
                self.guarding = outer;
                bind(scope, condition, &value);
                self.nodes(then, dot, scope);
                self.nodes(otherwise, dot, scope);
            }
            Node::With { value, then, otherwise } => {
                let inside = self.pipeline(value, dot, scope);
                self.read(&inside);
                bind(scope, value, &inside);
                self.nodes(then, &inside, scope);
                self.nodes(otherwise, dot, scope);
            }
            Node::Range { value, then, otherwise } => {
                let collection = self.pipeline(value, dot, scope);
                self.read(&collection);
                let element = collection.any_field();
                // Each element exists, even when nothing of it is read.
                self.flag(&element, Flags::NONE);
                match value.variables.as_slice() {
                    [only] => scope.variables.push((only.clone(), element.clone())),
                    [key, each, ..] => {
                        scope.variables.push((key.clone(), Abstract::nothing()));
                        scope.variables.push((each.clone(), element.clone()));
                    }
                    [] => {}
                }
                self.nodes(then, &element, scope);
                self.nodes(otherwise, dot, scope);
            }
            Node::Call { name, value } => {
                let context = self.pipeline(value, dot, scope);
                self.call(&Abstract::from(Thing::Text(name.clone())), &context);
            }
        }
        scope.variables.truncate(visible);
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Abstract, scope: &mut Scope) -> Abstract {
        let mut result = None;
        // The variable that the whole is assigned to.
        let into = match pipeline.variables.as_slice() {
            [only] if pipeline.assigns => Some(only.as_str()),
            _ => None,
        };
        for command in &pipeline.commands {
            result = Some(self.command(command, into, result, dot, scope));
        }
        let mut result = result.unwrap_or_default();
        if result.0.len() > WIDEST || result.size(LARGEST) > LARGEST {
            self.open(&result);
            result = Abstract::nothing();
        }
        result
    }

    fn command(
        &mut self,
        command: &[Operand],
        into: Option<&str>,
        piped: Option<Abstract>,
        dot: &Abstract,
        scope: &mut Scope,
    ) -> Abstract {
        self.step(1);
        let Some((head, rest)) = command.split_first() else { return Abstract::nothing() };
        // Only `index` asks for numbers: those are places in lists.
        let indexes = matches!(head, Operand::Function(name) if name == "index");
        let argument = |operand: &Operand| match operand {
            Operand::Number(number) if indexes => Abstract::from(Thing::Text(number.clone())),
            other => self.operand(other, dot, scope),
        };
        let mut arguments: Vec<Abstract> = rest.iter().map(argument).collect();
        arguments.extend(piped);
        if let Operand::Function(name) = head {
            let holder = match rest {
                [Operand::Variable(holder), _, _] if name == "set" => holder.as_str(),
                _ => "",
            };
            // A map that the template makes and one variable holds shows later what is set in it.
            let made = |value: &Abstract| value.0.iter().all(|thing| matches!(thing, Thing::Dict(_)));
            if !holder.is_empty() && (into == Some(holder) || arguments.first().is_some_and(made)) {
                let value = functions::set_held(self, arguments);
                if let Some((_, held)) = scope.variables.iter_mut().rev().find(|(known, _)| known == holder) {
                    *held = value.clone();
                }
                return value;
            }
            return functions::apply(self, name, arguments);
        }
        let value = self.operand(head, dot, scope);
        // A method: of `.Files` it gives files again, others give no values.
        for argument in &arguments {
            self.read(argument);
        }
        if arguments.is_empty() {
            return value;
        }
        if !value.0.contains(&Thing::Files) {
            return Abstract::nothing();
        }
        let names = arguments.first().and_then(Abstract::texts);
        let one = |name: &&str| self.files.iter().any(|(known, _)| known == name);
        match names {
            // `.Files.Get` of a name that is written down: the file is at hand.
            Some(names) if names.iter().all(one) => {
                Abstract(names.into_iter().map(|name| Thing::File(name.to_owned())).collect())
            }
            _ => Abstract::from(Thing::Files),
        }
    }

    fn operand(&mut self, operand: &Operand, dot: &Abstract, scope: &mut Scope) -> Abstract {
        match operand {
            Operand::Dot => dot.clone(),
            Operand::Variable(name) if name.is_empty() => scope.dollar.clone(),
            Operand::Variable(name) => {
                let found = scope.variables.iter().rev().find(|(known, _)| known == name);
                found.map_or_else(Abstract::nothing, |(_, value)| value.clone())
            }
            Operand::Function(name) => functions::apply(self, name, Vec::new()),
            Operand::Text(text) => Abstract::from(Thing::Text(text.clone())),
            Operand::Constant | Operand::Number(_) => Abstract::nothing(),
            Operand::Group(pipeline) => {
                let value = self.pipeline(pipeline, dot, scope);
                bind(scope, pipeline, &value);
                value
            }
            Operand::Fields(base, names) => {
                let base = self.operand(base, dot, scope);
                names.iter().fold(base, |value, name| value.field(name))
            }
        }
    }
}

/// Keeps a value in the variables of a pipeline. Which branch assigns is not known: values add up.
fn bind(scope: &mut Scope, pipeline: &Pipeline, value: &Abstract) {
    for name in &pipeline.variables {
        let known = scope.variables.iter_mut().rev().find(|(known, _)| known == name);
        match known {
            Some((_, before)) if pipeline.assigns => {
                *before = std::mem::take(before).union(value.clone());
            }
            _ => scope.variables.push((name.clone(), value.clone())),
        }
    }
}

/// Whether a node makes the install fail when it is reached.
fn fails(node: &Node) -> bool {
    let Node::Action(pipeline) = node else { return false };
    let head = |command: &Vec<Operand>| matches!(command.first(), Some(Operand::Function(f)) if f == "fail");
    pipeline.commands.iter().any(head)
}
