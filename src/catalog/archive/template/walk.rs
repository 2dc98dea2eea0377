//! Follows a template through its branches and calls, and records each value path that it reads. Must not know
//! individual functions.

use std::collections::BTreeSet;

use super::abstraction::{Abstract, Thing};
use super::parser::{Node, Operand, Pipeline, parse};
use super::{Defines, functions, take};
use crate::catalog::archive::plant::Plant;
use crate::catalog::attr::Flags;

/// Maximum number of steps for one chart; beyond that, everything is accepted.
const STEPS: usize = 200_000;
/// Maximum number of recursive calls of one template that are followed.
const REPEATED: usize = 2;
/// Maximum depth of calls that are followed.
const DEEPEST: usize = 40;
/// Maximum number of things that one expression may evaluate to; beyond that, it is opened.
const WIDEST: usize = 48;
/// The same limit including things in maps and lists: a structure that contains itself twice doubles with each step.
const LARGEST: usize = 1_000;
/// Number of bytes of a string evaluated as a template (`tpl`) that cost one step.
const BYTES_A_STEP: usize = 64;

pub(super) struct Walk<'a> {
    defines: &'a Defines,
    /// Files of the chart that templates can read.
    files: &'a [(String, String)],
    plant: &'a mut Plant,
    /// The named templates that are currently being followed, innermost last.
    running: Vec<String>,
    called: BTreeSet<(String, Abstract)>,
    steps: usize,
    depth: usize,
    guarding: bool,
    guessing: bool,
    opens_subcharts: bool,
}

/// The meaning of names at one point of a template.
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

    /// Follows a template with a given context.
    pub(super) fn template(&mut self, nodes: &[Node], context: &Abstract) {
        let mut scope = Scope { variables: Vec::new(), dollar: context.clone() };
        self.nodes(nodes, context, &mut scope);
    }

    /// Follows a named template with the root as its context: it may be called from anywhere with a name that is
    /// computed at run time.
    pub(super) fn guess(&mut self, nodes: &[Node]) {
        self.guessing = true;
        self.template(nodes, &Abstract::root());
        self.guessing = false;
    }

    /// Accepts everything.
    pub(super) fn give_up(&mut self) {
        self.plant.open();
        self.opens_subcharts = true;
    }

    /// Whether the templates reach into subcharts.
    pub(super) fn opens_subcharts(&self) -> bool {
        self.opens_subcharts
    }

    /// Records that a value is read.
    pub(super) fn read(&mut self, value: &Abstract) {
        let guard = self.guarding;
        self.mark(value, &mut |plant| plant.read(guard));
    }

    /// Adds flags to all places that a value may refer to.
    pub(super) fn flag(&mut self, value: &Abstract, flags: Flags) {
        self.mark(value, &mut |plant| plant.flags |= flags);
    }

    /// Records that a value is passed on as a whole, so that all keys under it are accepted.
    pub(super) fn open(&mut self, value: &Abstract) {
        for thing in &value.0 {
            match thing {
                // A guessed context is not evidence.
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
            // With the root as its context, the target is either a template file or a named template that is followed
            // with the root later.
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
                // A recursive template descends to an unknown depth.
                self.open_unless_root(context);
            } else if !self.step(context.size(LARGEST)) {
                self.give_up();
            } else if self.called.insert((name.to_owned(), context.clone())) {
                self.depth += 1;
                // Reads inside a called template count as reads, even if the call is in a guard.
                let guarding = std::mem::replace(&mut self.guarding, false);
                self.running.push(name.to_owned());
                self.template(body, context);
                self.running.pop();
                self.guarding = guarding;
                self.depth -= 1;
            }
        }
    }

    /// Follows a string that is itself a template (`tpl`).
    pub(super) fn evaluate(&mut self, text: &Abstract, context: &Abstract) {
        for thing in &text.0 {
            let text = match thing {
                // The file is not known, so its text may read anything.
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

    /// Counts steps; returns false when the budget is exhausted.
    fn step(&mut self, count: usize) -> bool {
        self.steps = self.steps.saturating_add(count);
        take(&self.defines.steps, count) && self.steps <= STEPS
    }

    fn open_unless_root(&mut self, context: &Abstract) {
        let rest = context.0.iter().filter(|thing| **thing != Thing::Root).map(|thing| match thing {
            // The root is passed under a name, as in `dict "context" $`.
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
                // This creates the place of the elements, even if nothing in them is read.
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
        // The variable to which the pipeline is assigned.
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
        // Numbers matter only to `index`, for positions in lists.
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
            // A `set` on a map that the template created, and that only one variable refers to, changes that variable.
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
        // A method call: methods of `.Files` return file contents, others return no values.
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
            // `.Files.Get` with literal names: the files are known.
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

/// Assigns a value to the variables of a pipeline. It is unknown which branch is taken, so the possible values
/// accumulate.
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

/// Whether a node makes the install fail when it is executed.
fn fails(node: &Node) -> bool {
    let Node::Action(pipeline) = node else { return false };
    let head = |command: &Vec<Operand>| matches!(command.first(), Some(Operand::Function(f)) if f == "fail");
    pipeline.commands.iter().any(head)
}
