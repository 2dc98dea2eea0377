//! User data in several parts: cloud-init merges the parts that are cloud-configs to one, so that a later list may
//! replace an earlier one. Must not know how the parts are written.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use super::formats::{is_file_of_rke2, merged_files};
use super::role::starts_agents;
use super::{Builder, Found, Host, View};
use crate::yaml::{Entry, Kind, NodeRef, is_mask, looks_templated, template_mark};

/// The name of a part that is a cloud-config.
pub const CLOUD_CONFIG: &str = "user-data";
/// The name of a part that is a script.
pub const SCRIPT: &str = "part.sh";

/// A part of user data.
pub struct Part {
    /// What it is, for users.
    pub written_by: String,
    /// A file name by which formats recognize it.
    pub name: &'static str,
    /// The text.
    pub view: View,
    /// The value of its header `Merge-Type`, which may be empty; `None` if it is unknown.
    pub merge: Option<String>,
}

/// The lists of a cloud-config that are read, and that cloud-init merges.
const LISTS: &[&str] = &["write_files", "runcmd", "bootcmd"];

/// The list of files.
const FILES: &str = LISTS[0];

/// The merge type of a part that names none.
const DEFAULT: &str = "dict(replace)+list()+str()";

/// The prefix of a text that changes the configuration of the parts before it.
const PATCH: &str = "#cloud-config-jsonp";

/// What a part does with a list that earlier parts have, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Its own list replaces the former.
    Replaces,
    /// Its own list follows the former.
    Appends,
    /// Its own list precedes the former.
    Prepends,
    /// The former list stays.
    Keeps,
    /// The part is ignored as a whole.
    Ignored,
    Unknown,
}

/// Why a list is lost.
#[derive(Clone, Copy)]
enum Loss {
    Replaced,
    NotMerged,
    Ignored,
}

/// The lists with one name.
#[derive(Default)]
struct Merged {
    /// The parts whose lists remain, in their order.
    live: VecDeque<usize>,
    lost: Vec<(usize, Loss)>,
    /// Whether only the lost ones are certain.
    is_unclear: bool,
}

/// Reads the parts of one user data, in their order.
pub fn read(parts: &[Part], found: &mut Found) {
    let hosts: Vec<Option<Host<'_>>> = parts.iter().map(configuration).collect();
    let is_patched = parts.iter().any(|part| part.view.text().trim_start().starts_with(PATCH));
    let effects: Vec<Effect> = parts
        .iter()
        .zip(&hosts)
        .map(|(part, host)| host.as_ref().and_then(root).map_or(Effect::Unknown, |root| effect(root, part)))
        .collect();
    let mut cuts: Vec<Vec<Range<usize>>> = vec![Vec::new(); parts.len()];
    let mut unclear: BTreeSet<usize> = BTreeSet::new();
    let mut lists: Vec<(&Host<'_>, NodeRef<'_>, &str)> = Vec::new();
    for key in LISTS.iter().filter(|_| !is_patched) {
        let merged = merged(key, &hosts, &effects);
        let live = merged.live.iter().filter_map(|index| root(hosts[*index].as_ref()?)?.get(FILES));
        let written: BTreeSet<String> = live.flat_map(NodeRef::items).filter_map(path).collect();
        for &(index, loss) in &merged.lost {
            let Some((host, entry, cut)) = hosts[index].as_ref().and_then(|host| entry(host, key)) else {
                continue;
            };
            if *key == FILES {
                report(host, entry, loss, &written, found);
            }
            cuts[index].push(cut);
        }
        if *key != FILES || merged.live.len() < 2 {
            continue;
        }
        if merged.is_unclear {
            // It is not known which of the files come together.
            unclear.extend(merged.live);
            continue;
        }
        for &index in &merged.live {
            let Some((host, entry, cut)) = hosts[index].as_ref().and_then(|host| entry(host, key)) else {
                continue;
            };
            lists.push((host, entry.value, &parts[index].written_by));
            cuts[index].push(cut);
        }
    }
    let rest: Vec<Cow<'_, View>> =
        parts.iter().zip(cuts).map(|(part, cuts)| without(&part.view, cuts)).collect();
    let all: Vec<&str> = rest.iter().map(|view| view.text()).collect();
    // The script of one part may start the service for the files of another one.
    if parts.len() > 1 && starts_agents(&all.join("\n")) {
        found.agent();
    }
    for (index, (part, view)) in parts.iter().zip(&rest).enumerate() {
        let take = |found: &mut Found| found.text(part.written_by.as_str(), part.name, view.as_ref().clone());
        if unclear.contains(&index) { found.apart(take) } else { take(found) }
    }
    merged_files(&lists, found);
}

/// A part that is a cloud-config whose lists are certain.
fn configuration(part: &Part) -> Option<Host<'_>> {
    let text = part.view.text();
    let is_template = ["{%", "%{", "<%"].iter().any(|mark| text.contains(mark));
    let host = Host::new(part.name, part.name, &part.view, 1, false);
    (part.name == CLOUD_CONFIG && !is_template && root(&host).is_some()).then_some(host)
}

/// The map of a cloud-config; `None` if a key of it is filled in later, or the parts are not for all nodes.
fn root<'h>(host: &'h Host<'_>) -> Option<NodeRef<'h>> {
    let mut roots = host.roots();
    let root = roots.next().filter(|root| root.kind() == Kind::Mapping)?;
    let is_plain = |entry: Entry<'_>| {
        let name = entry.name();
        !entry.is_merge()
            && !name.contains(is_mask)
            && template_mark(&name).is_none()
            && name != "launch-index"
    };
    (roots.next().is_none() && root.entries().all(is_plain)).then_some(root)
}

/// What becomes of the lists with one name.
fn merged(key: &str, hosts: &[Option<Host<'_>>], effects: &[Effect]) -> Merged {
    let mut merged = Merged::default();
    for (index, host) in hosts.iter().enumerate() {
        let Some(value) = host.as_ref().and_then(root).and_then(|root| root.get(key)) else { continue };
        let effect = match effects[index] {
            effect @ (Effect::Replaces | Effect::Ignored) => effect,
            effect if value.kind() == Kind::Sequence => effect,
            _ => Effect::Unknown,
        };
        let has_former = !merged.live.is_empty();
        match effect {
            Effect::Ignored => merged.lost.push((index, Loss::Ignored)),
            Effect::Keeps if has_former => merged.lost.push((index, Loss::NotMerged)),
            Effect::Replaces => {
                merged.lost.extend(merged.live.drain(..).map(|index| (index, Loss::Replaced)));
                merged.is_unclear = false;
                merged.live.push_back(index);
            }
            Effect::Prepends => merged.live.push_front(index),
            Effect::Unknown => {
                merged.is_unclear = true;
                merged.live.push_back(index);
            }
            Effect::Appends | Effect::Keeps => merged.live.push_back(index),
        }
    }
    merged
}

/// What a part does with the lists of earlier ones.
fn effect(root: NodeRef<'_>, part: &Part) -> Effect {
    let named =
        ["merge_how", "merge_type"].iter().find_map(|key| root.get(key).filter(|value| !value.is_null()));
    let of_text = match named {
        None => Some(Vec::new()),
        Some(value) if value.kind() == Kind::Sequence => mergers_of_list(value),
        Some(value) => value.text().filter(|text| !text.contains(is_mask)).and_then(mergers),
    };
    let of_header = part.merge.as_deref().and_then(mergers);
    let (Some(mut all), Some(of_header)) = (of_text, of_header) else { return Effect::Unknown };
    all.extend(of_header);
    if all.is_empty() {
        all = mergers(DEFAULT).unwrap_or_default();
    }
    let options = |name: &str| all.iter().find(|(known, _)| known == name).map(|(_, options)| options);
    let has = |options: &[String], one: &str| options.iter().any(|option| option == one);
    let Some(of_dict) = options("dict") else { return Effect::Ignored };
    if has(of_dict, "replace") {
        return Effect::Replaces;
    }
    let is_deep = has(of_dict, "recurse_array") || has(of_dict, "recurse_list");
    let Some(of_list) = options("list").filter(|_| is_deep) else { return Effect::Keeps };
    match () {
        () if has(of_list, "append") => Effect::Appends,
        () if has(of_list, "prepend") => Effect::Prepends,
        // Items are merged one by one.
        () if has(of_list, "replace") || !has(of_list, "no_replace") => Effect::Unknown,
        () => Effect::Keeps,
    }
}

/// How values of one type are merged, with options.
type Merger = (String, Vec<String>);

/// The mergers in a text such as `list(append)+dict(recurse_array)`; `None` if cloud-init rejects it.
fn mergers(text: &str) -> Option<Vec<Merger>> {
    let text = text.to_lowercase().replace('-', "_");
    let names = text.split('+').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let (name, options) = name.strip_suffix(')')?.split_once('(')?;
            let options = options.split(',').map(str::trim).filter(|option| !option.is_empty());
            merger(name, options.map(str::to_owned).collect())
        })
        .collect()
}

/// The mergers in a list of maps with `name` and `settings`.
fn mergers_of_list(list: NodeRef<'_>) -> Option<Vec<Merger>> {
    let merger_of = |item: NodeRef<'_>| {
        let settings = item.get("settings").filter(|settings| settings.kind() == Kind::Sequence)?;
        let options: Option<Vec<_>> = settings.items().map(|item| item.text().map(str::to_owned)).collect();
        merger(&item.get("name")?.text()?.replace('-', "_"), options?)
    };
    list.items().map(merger_of).collect()
}

fn merger(name: &str, options: Vec<String>) -> Option<Merger> {
    let name = name.trim();
    let name = name.strip_prefix("m_").unwrap_or(name);
    let is_known =
        ["dict", "list", "str"].contains(&name) && !options.iter().any(|option| option.contains(is_mask));
    is_known.then(|| (name.to_owned(), options))
}

/// The entry of a key that begins a line, with all its lines.
fn entry<'h>(host: &'h Host<'h>, key: &str) -> Option<(&'h Host<'h>, Entry<'h>, Range<usize>)> {
    let root = root(host)?;
    let starts_line = |at: usize| at == 0 || host.text().as_bytes()[at - 1] == b'\n';
    let start = |entry: Entry<'_>| entry.key.span().range().start;
    let mut entries = root.entries().skip_while(|entry| entry.name() != key);
    let entry = entries.next()?;
    let end = entries.next().map_or(host.text().len(), start);
    let is_alone = root.entries().filter(|entry| entry.name() == key).count() == 1;
    (is_alone && starts_line(start(entry)) && (end == host.text().len() || starts_line(end)))
        .then(|| (host, entry, start(entry)..end))
}

/// The path of an item of the list of files.
fn path(item: NodeRef<'_>) -> Option<String> {
    item.get("path").and_then(NodeRef::text).map(str::to_owned)
}

/// Reports a list with a file of RKE2 that is never written.
fn report(host: &Host<'_>, entry: Entry<'_>, loss: Loss, written: &BTreeSet<String>, found: &mut Found) {
    // Another part that writes the same file is meant to replace it.
    let is_lost = |path: &String| is_file_of_rke2(path) && !looks_templated(path) && !written.contains(path);
    let Some(path) = entry.value.items().filter_map(path).find(is_lost) else { return };
    let message = match loss {
        Loss::Replaced => {
            format!("`write_files` of a later part replaces this list; `{path}` is not written")
        }
        Loss::NotMerged => {
            format!(
                "`write_files` of an earlier part is kept, and this list is dropped; `{path}` is not written"
            )
        }
        Loss::Ignored => format!(
            "the merge type has no `dict(…)`, so that cloud-init ignores this part; `{path}` is not written"
        ),
    };
    let which = if matches!(loss, Loss::Replaced) { "the later" } else { "this" };
    let help = format!("set the merge type of {which} part to `list(append)+dict(recurse_array)+str()`");
    found.remark("config/file-in-lost-part", host.view(), entry.key.span().range(), message, &help);
}

/// A text without some of its ranges.
fn without(view: &View, mut cuts: Vec<Range<usize>>) -> Cow<'_, View> {
    if cuts.is_empty() {
        return Cow::Borrowed(view);
    }
    cuts.sort_by_key(|cut| cut.start);
    let mut rest = Builder::new(view);
    let mut at = 0;
    for cut in cuts {
        rest.verbatim(at..cut.start);
        at = cut.end;
    }
    rest.verbatim(at..view.text().len());
    Cow::Owned(rest.finish())
}
