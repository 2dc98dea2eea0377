//! `rke2-lint show`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value as Json;

use super::check::{TreeArguments, prepare};
use super::{CLEAN, FAILED, Failure, unless_closed};
use crate::engine::{lies_in, shown};
use crate::output::{visible_json, visible_line};
use crate::show::{
    AddOn, Chart, ChartState, Host, Node, Origin, Registries, Selected, Setting, Source, Value, View, views,
};

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// Files and folders
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Also print defaults of config.yaml, and charts that are not deployed
    #[arg(short, long)]
    all: bool,
    /// Node facts written by `rke2-lint facts`, or `live` for this machine; may be repeated
    #[arg(long, value_name = "FILE", env = "RKE2_LINT_HOST", hide_env = true)]
    host: Vec<PathBuf>,
    /// Form of the output
    #[arg(long, default_value = "human")]
    format: ShowFormat,
    #[command(flatten)]
    tree: TreeArguments,
}

/// The output format of `show`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShowFormat {
    /// For people.
    Human,
    /// A JSON array with one element for each cluster; always with everything.
    Json,
}

/// Prints what RKE2 will use. The exit code is 2 if a path does not exist.
pub fn run(arguments: &ShowArguments) -> Result<u8, Failure> {
    let (settings, _) = prepare::settings(&arguments.tree.files)?;
    let mut options = prepare::tree_options(&arguments.tree, &settings, Vec::new())?;
    options.hosts = prepare::hosts(&arguments.host)?;
    let missing: Vec<&PathBuf> = arguments.paths.iter().filter(|path| !path.exists()).collect();
    for path in &missing {
        writeln!(io::stderr(), "error: {}: no such file or folder", visible_line(&shown(path)))?;
    }
    let (mut views, problems) = views(&arguments.paths, &options);
    for problem in &problems {
        let line = format!("error: {}: {}", problem.path, problem.message);
        writeln!(io::stderr(), "{}", visible_line(&line))?;
    }
    let asked: Vec<String> = arguments.paths.iter().map(|path| shown(path)).collect();
    // Clusters outside the named paths were only read for completeness.
    views.retain(|view| {
        !(view.nodes.is_empty()
            && view.registries.is_empty()
            && view.charts.is_empty()
            && view.addons.is_empty())
    });
    views.retain(|view| view.files.iter().any(|file| asked.iter().any(|path| is_asked(file, path))));
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match arguments.format {
        ShowFormat::Json => serde_json::to_string_pretty(&views)
            .map_err(io::Error::from)
            .and_then(|text| writeln!(out, "{}", visible_json(&text))),
        ShowFormat::Human => human(&views, arguments.all, &mut out),
    };
    unless_closed(written.and_then(|()| out.flush()))?;
    if views.is_empty() && missing.is_empty() {
        unless_closed(writeln!(io::stderr(), "nothing to show: no configuration of RKE2 found"))?;
    }
    Ok(if missing.is_empty() && problems.is_empty() { CLEAN } else { FAILED })
}

/// Whether a file is the path that the user named, or is inside it.
fn is_asked(file: &str, path: &str) -> bool {
    match path {
        "" | "." => !file.starts_with('/') && !file.starts_with("../"),
        path => lies_in(file, path),
    }
}

fn human(views: &[View], all: bool, out: &mut impl Write) -> io::Result<()> {
    for (index, view) in views.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let release = match &view.release {
            Some(release) => format!("release {release} from {}", view.release_from),
            None => "unknown release; showing what all maintained releases have in common".to_owned(),
        };
        writeln!(out, "cluster {} ({})", visible_line(&view.name), visible_line(&release))?;
        if !view.nodes.is_empty() || view.selected.iter().any(|selected| selected.known.known) {
            table(&view.selected.iter().map(selected).collect::<Vec<_>>(), out)?;
        }
        for node in &view.nodes {
            self::node(node, all, out)?;
        }
        for registries in &view.registries {
            self::registries(registries, out)?;
        }
        for host in &view.hosts {
            self::host(host, out)?;
        }
        charts(&view.charts, all, out)?;
        if !view.addons.is_empty() {
            writeln!(out, "\naddons")?;
            table(&view.addons.iter().map(addon).collect::<Vec<_>>(), out)?;
        }
    }
    Ok(())
}

fn selected(selected: &Selected) -> [String; 3] {
    let known = &selected.known;
    let origin = known.origin.as_ref().map(words).unwrap_or_default();
    [selected.name.to_owned(), value(&known.value, known.known), origin]
}

fn node(node: &Node, all: bool, out: &mut impl Write) -> io::Result<()> {
    let name = node.files.first().map_or("facts of the settings", String::as_str);
    writeln!(out, "\nnode {}{} ({})", visible_line(name), placed_in(node.place.as_deref()), node.role)?;
    for file in node.files.iter().skip(1) {
        writeln!(out, "  then {}", visible_line(file))?;
    }
    let defaults = if all { &node.defaults[..] } else { &[] };
    table(&node.settings.iter().chain(defaults).map(setting).collect::<Vec<_>>(), out)?;
    if !node.complete {
        writeln!(out, "  other keys may be set elsewhere")?;
    }
    Ok(())
}

/// The place inside a file, after its path.
fn placed_in(place: Option<&str>) -> String {
    place.map(|place| format!(", {}", visible_line(place))).unwrap_or_default()
}

fn registries(registries: &Registries, out: &mut impl Write) -> io::Result<()> {
    let place = placed_in(registries.place.as_deref());
    writeln!(out, "\nregistries {}{place}", visible_line(&registries.path))?;
    if !registries.readable {
        writeln!(out, "  RKE2 cannot read the file")?;
    }
    table(&registries.values.iter().map(placed).collect::<Vec<_>>(), out)
}

fn host(host: &Host, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nfacts about nodes")?;
    table(&host.facts.iter().map(placed).collect::<Vec<_>>(), out)
}

fn setting(setting: &Setting) -> [String; 3] {
    let mut origin: Vec<String> = setting.origins.iter().map(words).collect();
    origin.dedup();
    let mut origin = origin.join(", ");
    if !setting.overridden.is_empty() {
        let overridden: Vec<String> = setting.overridden.iter().map(words).collect();
        origin = format!("{origin} (overrides {})", overridden.join(", "));
    }
    origin.push_str(&no_effect(setting.ignored));
    [visible_line(&setting.key).into_owned(), value(&setting.value, setting.known), origin]
}

fn charts(charts: &[Chart], all: bool, out: &mut impl Write) -> io::Result<()> {
    let shown = |chart: &&Chart| all || !chart.sources.is_empty() || chart.state != ChartState::NotSelected;
    let charts: Vec<&Chart> = charts.iter().filter(shown).collect();
    if charts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\ncharts")?;
    let heads: Vec<[String; 3]> = charts.iter().map(|chart| head(chart)).collect();
    let widths = widths(&heads);
    for (chart, head) in charts.iter().zip(heads) {
        row(&head, widths, "  ", out)?;
        for source in &chart.sources {
            self::source(source, out)?;
        }
    }
    Ok(())
}

fn head(chart: &Chart) -> [String; 3] {
    let version = match chart.versions.as_slice() {
        [] => String::new(),
        [version] => version.clone(),
        [first, .., last] => format!("{first} to {last}"),
    };
    let state = match chart.state {
        ChartState::Deployed if !chart.packaged => "installed by a manifest",
        ChartState::Deployed => "deployed",
        ChartState::Disabled => "disabled",
        ChartState::NotSelected => "not selected",
        ChartState::Unknown => "may be deployed",
        ChartState::Missing => "no chart of this name",
    };
    let decided = chart.decided_by.as_ref().map(|decision| match &decision.origin {
        Origin::Default => format!(" (`{}` is not set)", decision.key),
        origin @ Origin::File { .. } => format!(" (`{}` in {})", decision.key, words(origin)),
    });
    let name = visible_line(&chart.name).into_owned();
    [name, visible_line(&version).into_owned(), format!("{state}{}", decided.unwrap_or_default())]
}

fn source(source: &Source, out: &mut impl Write) -> io::Result<()> {
    let namespace = visible_line(&source.namespace);
    let ignored = no_effect(source.ignored);
    writeln!(out, "    {} in {}, namespace {namespace}{ignored}", source.kind, words(&source.origin))?;
    let rows: Vec<[String; 3]> = source.values.iter().map(placed).collect();
    let widths = widths(&rows);
    for cells in &rows {
        row(cells, widths, "      ", out)?;
    }
    if source.incomplete {
        writeln!(out, "      further values may come from a Secret, a template or a patch")?;
    }
    Ok(())
}

fn placed(placed: &Value) -> [String; 3] {
    let key = |key: &String| if key.contains('.') { format!("{key:?}") } else { key.clone() };
    let path: Vec<String> = placed.path.iter().map(key).collect();
    [
        visible_line(&path.join(".")).into_owned(),
        value(&placed.value, placed.known),
        format!("{}{}", words(&placed.origin), no_effect(placed.ignored)),
    ]
}

/// The reason why something has no effect, as a suffix.
fn no_effect(reason: Option<&str>) -> String {
    reason.map(|reason| format!(" (no effect: {reason})")).unwrap_or_default()
}

fn addon(addon: &AddOn) -> [String; 3] {
    let mut state = match &addon.disabled_by {
        Some(origin) => format!("disabled in {}", words(origin)),
        None => visible_line(&addon.objects.join(", ")).into_owned(),
    };
    if !addon.certain {
        state.push_str(" (if its folder is RKE2's manifests directory)");
    }
    [visible_line(&addon.name).into_owned(), visible_line(&addon.path).into_owned(), state]
}

/// A value on one line: strings verbatim, everything else as JSON.
fn value(value: &Json, known: bool) -> String {
    match value {
        Json::Null if !known => "not known".to_owned(),
        Json::Null => "-".to_owned(),
        Json::String(text) if !text.is_empty() => visible_line(text).into_owned(),
        Json::Array(items)
            if !items.is_empty() && items.iter().all(|item| !item.is_array() && !item.is_object()) =>
        {
            items.iter().map(|item| self::value(item, known)).collect::<Vec<_>>().join(", ")
        }
        other => visible_line(&other.to_string()).into_owned(),
    }
}

fn words(origin: &Origin) -> String {
    match origin {
        Origin::File { path, line: Some(line) } => format!("{}:{line}", visible_line(path)),
        Origin::File { path, line: None } => visible_line(path).into_owned(),
        Origin::Default => "default".to_owned(),
    }
}

/// Longer cells do not widen their column, so that a single long value does not push all origins away.
const WIDEST: usize = 40;

fn table(rows: &[[String; 3]], out: &mut impl Write) -> io::Result<()> {
    let widths = widths(rows);
    rows.iter().try_for_each(|cells| row(cells, widths, "  ", out))
}

fn widths(rows: &[[String; 3]]) -> [usize; 2] {
    [0, 1].map(|column| {
        let widths = rows.iter().map(|row| row[column].chars().count()).filter(|width| *width <= WIDEST);
        widths.max().unwrap_or(0)
    })
}

fn row(cells: &[String; 3], widths: [usize; 2], indent: &str, out: &mut impl Write) -> io::Result<()> {
    let [first, second, third] = cells;
    let line = format!("{indent}{first:0$}  {second:1$}  {third}", widths[0], widths[1]);
    writeln!(out, "{}", line.trim_end())
}
