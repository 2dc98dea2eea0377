//! `rke2-lint rules test --why`: what each condition of a rule evaluates to. Must not evaluate them itself.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::super::check::{TreeArguments, prepare};
use super::super::{CLEAN, Failure};
use super::test::Tree;
use crate::engine::{Workspace, absolute, shown};
use crate::output::visible_line;
use crate::read;
use crate::rule::Rule;
use crate::rule::why::{Line, Question, RuleSource, Step, Trace, Truth};
use crate::settings::{all_rules, check_name, rules_below};

/// `PATH:LINE`.
#[derive(Clone, Debug)]
pub struct At {
    path: PathBuf,
    line: usize,
}

impl FromStr for At {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?)));
        match parts {
            Some((path, line)) if !path.is_empty() && line > 0 => Ok(Self { path: path.into(), line }),
            _ => Err("expected a file and a line, for example `config.yaml:3`"),
        }
    }
}

/// Prints why a rule fires at a place or does not.
pub fn run(folder: &Path, rule: Option<&str>, at: &At) -> Result<u8, Failure> {
    if !at.path.is_file() {
        return Err(Failure::Message(format!("--why: no such file: {}", at.path.display())));
    }
    let example = of_example(folder, &at.path);
    let rules = if example.is_some() { own_rules(folder)? } else { Vec::new() };
    let of_tree = |example: &Example| find(&rules, &example.rule);
    let is_asked = |name: &str, example: &Example| of_tree(example).is_ok_and(|own| own.is_called(name));
    let (rule, source, traces) = match example {
        Some(example) if rule.is_none_or(|name| is_asked(name, &example)) => {
            let rule = of_tree(&example)?;
            let source = source_of(folder, rule)?;
            let tree = Tree::read(rule, &example.tree)?;
            let traces = tree.why(rule, &source, Some((&example.path, at.line)));
            (rule.clone(), source, traces)
        }
        _ => elsewhere(folder, rule, at)?,
    };
    let id = rule.info.id.as_str();
    if traces.is_empty() {
        return Err(Failure::Message(format!("--why: no subject of {id} includes {}", at.path.display())));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    for trace in &traces {
        let verb = if trace.fires { "fires" } else { "does not fire" };
        writeln!(out, "{}", visible_line(&format!("{id} {verb} for {}", trace.subject)))?;
        for line in &trace.lines {
            writeln!(out, "{}", visible_line(&line_words(line, &source)))?;
        }
    }
    out.flush()?;
    Ok(CLEAN)
}

/// A file in an example tree.
struct Example {
    rule: String,
    tree: PathBuf,
    /// Its path within the tree.
    path: String,
}

/// The example tree in `folder/category/name/` that contains a file.
fn of_example(folder: &Path, path: &Path) -> Option<Example> {
    let path = absolute(path);
    let rest = path.strip_prefix(absolute(folder)).ok()?;
    let parts: Vec<&str> = rest.iter().map(|part| part.to_str()).collect::<Option<_>>()?;
    let [category, name, tree, inner @ ..] = parts.as_slice() else { return None };
    let is_tree = (tree.starts_with("bad") || tree.starts_with("good")) && !inner.is_empty();
    let rule = format!("{category}/{name}");
    is_tree.then(|| Example { tree: folder.join(&rule).join(tree), rule, path: inner.join("/") })
}

/// Explains a rule for a file outside the example trees, with the settings and files of the working directory.
fn elsewhere(folder: &Path, rule: Option<&str>, at: &At) -> Result<(Rule, RuleSource, Vec<Trace>), Failure> {
    let Some(id) = rule else {
        return Err(Failure::Message(format!(
            "--why: {} is in no example tree of {}; name a rule with `--rule`",
            at.path.display(),
            folder.display()
        )));
    };
    let (settings, _) = prepare::settings(&TreeArguments::default().files)?;
    let is_own = |own: &Path| absolute(own) == absolute(folder);
    let is_new = folder.is_dir() && !settings.rule_paths.iter().any(|own| is_own(&own.value));
    let more: Vec<PathBuf> = is_new.then(|| folder.to_owned()).into_iter().collect();
    let rules = all_rules(&settings, &more, shown)?;
    let rule = find(&rules, id)?;
    let folders =
        settings.rule_paths.iter().map(|own| own.value.as_path()).chain(more.iter().map(PathBuf::as_path));
    let source = if let Some(folder) = folders.into_iter().find(|folder| file_of(folder, rule).is_some()) {
        source_of(folder, rule)?
    } else {
        let id = rule.info.id.as_str();
        RuleSource::built_in(id).unwrap_or_else(|| RuleSource::of_file(id, ""))
    };
    let options = prepare::tree_options(&TreeArguments::default(), &settings, Vec::new())?;
    // Open the tree as `check` without arguments does. A file that is excluded or outside is opened by itself.
    let here = PathBuf::from(".");
    let is_below = absolute(&at.path).starts_with(absolute(&here));
    let question = Question { rule, source: &source, at: Some((&shown(&at.path), at.line)) };
    let roots = is_below.then_some(here).into_iter().chain([at.path.clone()]);
    let traces = roots.map(|root| Workspace::open(&[root], &options).why(&question));
    let traces = traces.into_iter().find(|traces| !traces.is_empty()).unwrap_or_default();
    Ok((rule.clone(), source, traces))
}

fn own_rules(folder: &Path) -> Result<Vec<Rule>, Failure> {
    Ok(rules_below(folder, |path| path.display().to_string())?)
}

fn find<'r>(rules: &'r [Rule], id: &str) -> Result<&'r Rule, Failure> {
    rules.iter().find(|rule| rule.is_called(id)).ok_or_else(|| {
        let unknown = check_name(id, rules).err().map(|error| error.to_string());
        Failure::Message(unknown.unwrap_or_else(|| format!("`{id}` is not a rule; expected `category/name`")))
    })
}

/// The file of a rule in a folder.
fn file_of(folder: &Path, rule: &Rule) -> Option<PathBuf> {
    let name = folder.join(rule.info.id.as_str());
    ["yaml", "yml"].iter().map(|extension| name.with_extension(extension)).find(|path| path.is_file())
}

/// The source of a rule in a folder.
pub fn source_of(folder: &Path, rule: &Rule) -> Result<RuleSource, Failure> {
    let path = file_of(folder, rule).unwrap_or_else(|| folder.join(rule.info.id.as_str()));
    let text = read::text(&path, read::MAX_OWN_BYTES)
        .map_err(|error| Failure::Message(format!("{}: {error}", path.display())))?;
    Ok(RuleSource::of_file(&path.display().to_string(), &text))
}

fn line_words(line: &Line, source: &RuleSource) -> String {
    let indent = "  ".repeat(line.depth + 1);
    let place =
        if line.keys.is_empty() { String::new() } else { format!("  [{}]", source.place(&line.keys)) };
    let text = &line.text;
    match &line.step {
        Step::Note | Step::Bound(_) => format!("{indent}{text}"),
        Step::Condition(truth, decides) => {
            let decides = if *decides { "  <- decides" } else { "" };
            format!("{indent}{:7}  {text}{place}{decides}", truth.as_str())
        }
        Step::Value => format!("{indent}         {text}"),
        Step::Case => format!("{indent}{text}{place}"),
        Step::Report => format!("{indent}reported: {text}"),
    }
}

/// The deciding conditions, each with its line and the values that it reads. If there are several subjects and rows,
/// those that got farthest are shown.
pub fn deciders(traces: &[Trace], source: &RuleSource) -> Vec<String> {
    if traces.is_empty() {
        return vec!["the tree has nothing that the rule runs on".to_owned()];
    }
    let fired: Vec<&Trace> = traces.iter().filter(|trace| trace.fires).collect();
    let mut words = Few(Vec::new());
    if fired.is_empty() {
        let decided = traces.iter().flat_map(|trace| {
            trace.lines.iter().enumerate().filter_map(move |(index, line)| match line.step {
                Step::Condition(_, true) => Some((line.depth, trace, index)),
                Step::Note => Some((0, trace, index)),
                _ => None,
            })
        });
        let decided: Vec<(usize, &Trace, usize)> = decided.collect();
        let deepest = decided.iter().map(|(depth, ..)| *depth).max().unwrap_or_default();
        for (_, trace, index) in decided.into_iter().filter(|(depth, ..)| *depth == deepest) {
            words.add(|| condition_words(trace, index, source));
        }
        if words.0.is_empty() {
            words.add(|| "a list that the rule binds has no elements".to_owned());
        }
    }
    for trace in fired {
        let mut last = None;
        for (index, line) in trace.lines.iter().enumerate() {
            match line.step {
                Step::Condition(Truth::True, _) => last = Some(index),
                Step::Report => words.add(|| condition_words(trace, last.unwrap_or(index), source)),
                _ => {}
            }
        }
    }
    words.0
}

/// The first few of many texts; the rest are not even formatted.
struct Few(Vec<String>);

impl Few {
    fn add(&mut self, text: impl FnOnce() -> String) {
        if self.0.len() < MOST {
            self.0.push(text());
            self.0.dedup();
        }
    }
}

/// The maximum number of deciding conditions that are shown for a tree.
const MOST: usize = 5;

/// A condition with its line in the rule file and the values that it reads.
fn condition_words(trace: &Trace, index: usize, source: &RuleSource) -> String {
    let line = &trace.lines[index];
    let Step::Condition(truth, _) = line.step else { return line.text.clone() };
    let values: Vec<&str> = trace.lines[index + 1..]
        .iter()
        .take_while(|line| line.step == Step::Value)
        .map(|line| line.text.as_str())
        .collect();
    let values = if values.is_empty() { String::new() } else { format!("; {}", values.join("; ")) };
    format!("{}: `{}` is {}{values}", source.place(&line.keys), line.text, truth.as_str())
}
