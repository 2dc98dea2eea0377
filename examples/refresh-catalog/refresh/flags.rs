//! The flags of `rke2 server` and `rke2 agent` at one revision, from the source code of the command line. This module
//! must not compare revisions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use rke2_lint::catalog::{KeyState, KeyType, Role};

use super::RefreshError;
use super::git::Repository;
use super::go::{block, constants, expression, pattern, texts};

/// Files with constants for names of flags, each with the name of its package.
const CONSTANTS: &[(&str, &str)] = &[
    ("pkg/images/images.go", "images"),
    ("pkg/podtemplate/types.go", "podtemplate"),
    ("pkg/podtemplate/spec.go", "podtemplate"),
    ("pkg/podtemplate/podtemplate.go", "podtemplate"),
    ("pkg/podexecutor/staticpod.go", "podexecutor"),
    ("pkg/rke2/rke2.go", "rke2"),
    ("pkg/cli/cmds/root.go", ""),
    ("pkg/cli/cmds/server.go", ""),
];

/// The files of K3s that define flags.
const K3S: &[&str] = &["agent", "config", "log", "root", "server"];

/// A flag as defined in a source file.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The name of the flag, followed by its aliases.
    pub names: Vec<String>,
    /// The type of its value.
    pub kind: KeyType,
    /// Whether `--help` does not list it.
    pub hidden: bool,
    /// Environment variables that set it.
    pub env: Vec<String>,
    /// The default, if it is a string literal.
    pub default: Option<String>,
}

/// The flags of one revision.
#[derive(Debug, Default)]
pub struct Flags {
    /// How each role treats a flag; flags of K3s that RKE2 neither uses nor drops are left out.
    pub states: BTreeMap<(Role, String), KeyState>,
    /// RKE2's own flags, by name.
    pub own: BTreeMap<String, Flag>,
}

/// Reads the flags of a revision of rancher/rke2.
pub fn read(rke2: &Repository, revision: &str) -> Result<Flags, RefreshError> {
    static FOREIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r"rke2\.\w+Flag,"));
    let known = known_constants(rke2, revision)?;
    let source = |file: &str| -> Result<String, RefreshError> {
        let path = format!("pkg/cli/cmds/{file}.go");
        let text = rke2.text(revision, &path)?;
        text.ok_or_else(|| RefreshError::source(revision, &path, "the file is missing"))
    };
    let (server, agent, root) = (source("server")?, source("agent")?, source("root")?);
    let bad =
        |file: &str, what: &str| RefreshError::source(revision, &format!("pkg/cli/cmds/{file}.go"), what);
    let mut flags = Flags::default();
    for (role, file, text) in [(Role::Server, "server", &server), (Role::Agent, "agent", &agent)] {
        let taken = taken_over(text).map_err(|what| bad(file, &what))?;
        flags.states.extend(taken.into_iter().map(|(name, state)| ((role, name), state)));
        for flag in definitions(text, &known).map_err(|what| bad(file, &what))? {
            flags.add(&[role], flag);
        }
    }
    // Flags that server.go uses from the package rke2.
    if FOREIGN.is_match(&server) {
        let path = "pkg/rke2/rke2.go";
        let text = rke2.text(revision, path)?.unwrap_or_default();
        let found = definitions(&text, &known).map_err(|what| RefreshError::source(revision, path, &what))?;
        for flag in found {
            flags.add(&[Role::Server], flag);
        }
    }
    let common = root.find("commonFlag").and_then(|at| block(&root, root[at..].find("[]cli.Flag{")? + at));
    let common = common.ok_or_else(|| bad("root", "no block `commonFlag = []cli.Flag{…}`"))?;
    for flag in definitions(common, &known).map_err(|what| bad("root", &what))? {
        flags.add(&[Role::Server, Role::Agent], flag);
    }
    Ok(flags)
}

/// The flags of K3s at a revision, by name, if their names are plain string literals.
pub fn of_k3s(k3s: &Repository, revision: &str) -> Result<BTreeMap<String, Flag>, RefreshError> {
    let mut found = BTreeMap::new();
    for file in K3S {
        let text = k3s.text(revision, &format!("pkg/cli/cmds/{file}.go"))?.unwrap_or_default();
        let known = constants(&text).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        // A name that is computed is never one of the flags that RKE2 uses.
        let flags = literals(&text).filter_map(|(kind, body)| flag(kind, body, &known).ok().flatten());
        for flag in flags {
            found.entry(flag.names[0].clone()).or_insert(flag);
        }
    }
    Ok(found)
}

impl Flags {
    fn add(&mut self, roles: &[Role], flag: Flag) {
        let name = flag.names[0].clone();
        let state = if flag.hidden { KeyState::Hidden } else { KeyState::Rke2 };
        for role in roles {
            self.states.insert((*role, name.clone()), state);
        }
        self.own.insert(name, flag);
    }
}

fn known_constants(rke2: &Repository, revision: &str) -> Result<BTreeMap<String, String>, RefreshError> {
    let mut known = BTreeMap::new();
    for (path, package) in CONSTANTS {
        let text = rke2.text(revision, path)?.unwrap_or_default();
        for (name, value) in constants(&text) {
            if !package.is_empty() {
                known.insert(format!("{package}.{name}"), value.to_owned());
            }
            known.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    Ok(known)
}

/// How `mustCmdFromK3S` treats each flag of K3s. The list is complete, because RKE2 panics at startup if one is
/// missing.
fn taken_over(text: &str) -> Result<BTreeMap<String, KeyState>, String> {
    static SET: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:K3SFlagSet|map\[string\]\*K3SFlagOption)\{"));
    static ENTRY: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?m)^\s*"([\w-]+)":\s*(\{|\w+)"#));
    let start = text.find("mustCmdFromK3S(").ok_or("no call of `mustCmdFromK3S`")?;
    let set = SET.find_at(text, start).ok_or("no set of flags in the call of `mustCmdFromK3S`")?;
    let body = block(text, set.end() - 1).ok_or("the set of flags does not end")?;
    let mut states = BTreeMap::new();
    for found in ENTRY.captures_iter(body) {
        let (_, [name, word]) = found.extract();
        let state = match word {
            "{" | "copyFlag" | "copy" => KeyState::K3s,
            "dropFlag" | "drop" => KeyState::Dropped,
            "hideFlag" | "hide" => KeyState::Hidden,
            "ignoreFlag" | "ignore" => continue,
            other => return Err(format!("`{name}` is `{other}`, which is not known")),
        };
        states.insert(name.to_owned(), state);
    }
    if states.is_empty() { Err("the set of flags is empty".to_owned()) } else { Ok(states) }
}

/// The flags that a source file defines.
fn definitions(text: &str, known: &BTreeMap<String, String>) -> Result<Vec<Flag>, String> {
    literals(text).filter_map(|(kind, body)| flag(kind, body, known).transpose()).collect()
}

fn literals(text: &str) -> impl Iterator<Item = (KeyType, &str)> {
    static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(\[\])?&?cli\.(StringSlice|String|IntSlice|Int|BoolT|Bool|Duration)Flag\{")
    });
    LITERAL.captures_iter(text).filter_map(move |found| {
        if found.get(1).is_some() {
            return None;
        }
        let kind = match &found[2] {
            "String" => KeyType::String,
            "Int" => KeyType::Int,
            "Bool" | "BoolT" => KeyType::Bool,
            "Duration" => KeyType::Duration,
            _ => KeyType::List,
        };
        Some((kind, block(text, found.get(0)?.end() - 1)?))
    })
}

fn flag(kind: KeyType, body: &str, known: &BTreeMap<String, String>) -> Result<Option<Flag>, String> {
    static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bName:\s*(.+?),\n"));
    static HIDDEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bHidden:\s*true"));
    static ENV: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bEnvVars?:\s*(.+?),\n"));
    static ALIASES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bAliases:\s*\[\]string\{([^}]*)\}"));
    static VALUE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bValue:\s*(.+?),\n"));
    let Some(written) = NAME.captures(body) else { return Ok(None) };
    let name =
        expression(&written[1], known).ok_or_else(|| format!("the name `{}` is not known", &written[1]))?;
    let mut names: Vec<String> = name.split(',').map(|name| name.trim().to_owned()).collect();
    names.extend(ALIASES.captures(body).into_iter().flat_map(|found| texts(&found[1])));
    let mut env = Vec::new();
    if let Some(found) = ENV.captures(body) {
        let listed = found[1].strip_prefix("[]string{").and_then(|rest| rest.strip_suffix('}'));
        for part in arguments(listed.unwrap_or(&found[1])) {
            let value = expression(part, known);
            let value = value.ok_or_else(|| format!("the variable `{part}` of `{name}` is not known"))?;
            env.extend(value.split(',').map(|variable| variable.trim().to_owned()));
        }
    }
    let default = VALUE.captures(body).and_then(|found| texts(&found[1]).into_iter().next());
    Ok(Some(Flag { names, kind, hidden: HIDDEN.is_match(body), env, default }))
}

/// Splits at commas outside of parentheses.
fn arguments(text: &str) -> Vec<&str> {
    let mut depth = 0usize;
    let parts = text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}
