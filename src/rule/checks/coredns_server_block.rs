//! `coredns/server-block`: incomplete or invalid blocks of `servers`.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::net::IpAddr;

use crate::catalog::accepted::{List, words};
use crate::cluster::coredns::plugins;
use crate::finding::Severity;
use crate::rke2::node::is_stand_in;
use crate::rke2::values::Written;
use crate::rule::grammar::go_duration;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::spelling::nearest;
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

/// The port of zones without a port in the Corefile.
const DEFAULT_PORT: &str = "53";
/// The shortest interval of the plugin `reload`, in seconds.
const MIN_RELOAD: f64 = 2.0;

/// What is known of the image of `CoreDNS`.
#[derive(Clone, Copy)]
struct Image {
    /// Whether it is the chart's default image of a known release.
    packaged: bool,
    /// Whether `forward` accepts host names as servers, or possibly does.
    takes_names: bool,
}

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, values, .. } = context.target else { return };
    let Written::Entry(entry) = values.lookup(&["servers"]) else { return };
    let effective = context.cluster.effective(object);
    let servers: Vec<NodeRef<'_>> =
        entry.value.items().filter(|server| server.kind() == Kind::Mapping).collect();
    if servers.len() != entry.value.items().len() || servers.iter().any(|server| is_opaque(*server)) {
        return;
    }
    let known = context.cluster.target.beyond_catalogue().is_none();
    let packaged = known && values.is_default(&["image"]);
    let image =
        Image { packaged, takes_names: !packaged || !effective.lacks_change("coredns-forward-names") };
    for server in &servers {
        drafts.extend(port_fault(*server));
        for (list, field) in [("zones", "zone"), ("plugins", "name")] {
            drafts.extend(server.entry(list).into_iter().flat_map(|entry| shape_faults(&entry, field)));
        }
        for plugin in server.get("plugins").into_iter().flat_map(NodeRef::items) {
            drafts.extend(plugin_fault(plugin, image));
        }
    }
    served_twice(&servers, drafts);
    let on_53: Vec<NodeRef<'_>> = servers
        .iter()
        .filter(|server| server.get("port").and_then(NodeRef::text) == Some("53"))
        .filter_map(|server| server.get("zones"))
        .flat_map(NodeRef::items)
        .collect();
    let by_zone = effective.has_change("coredns-tcp-by-zone");
    // A map is an unquoted template placeholder, which may be 53.
    let has_ports =
        servers.iter().all(|server| server.get("port").is_none_or(|port| port.kind() != Kind::Mapping));
    if by_zone && has_ports && !on_53.is_empty() && on_53.iter().all(|zone| lacks_tcp(*zone)) {
        drafts.push(
            Draft::new(
                entry.key.span(),
                "no zone on port 53 has `use_tcp: true`; the DNS Service gets no TCP port",
            )
            .severity(Severity::Warning)
            .help("add `use_tcp: true` to the zone"),
        );
    }
}

/// Whether a part of a block is defined elsewhere.
fn is_opaque(server: NodeRef<'_>) -> bool {
    server.entries().any(|entry| {
        entry.is_merge()
            || entry.key.kind() == Kind::Mapping
            || entry.value.text().is_some_and(|text| template_mark(text).is_some())
    })
}

fn lacks_tcp(zone: NodeRef<'_>) -> bool {
    zone.kind() == Kind::Mapping
        && !zone.entries().any(|entry| entry.is_merge())
        && zone.get("use_tcp").is_none_or(|tcp| tcp.is_null() || matches!(tcp.text(), Some("false" | "")))
}

/// Checks the port of a block, which becomes a port of the DNS Service.
fn port_fault(server: NodeRef<'_>) -> Option<Draft> {
    let port = server.entry("port").filter(|port| !port.value.is_null());
    let Some(port) = port else {
        let at = server.entries().next().map_or_else(|| server.span(), |first| first.key.span());
        return Some(
            Draft::new(
                at,
                "server block has no `port`; the API server rejects the DNS Service and the install fails",
            )
            .help("add `port: 53`"),
        );
    };
    // A map is an unquoted template placeholder.
    if port.value.is_opaque() || port.value.kind() == Kind::Mapping {
        return None;
    }
    let text = port.value.text();
    if text.is_some_and(|text| text.parse::<u16>().is_ok_and(|port| port > 0)) {
        return None;
    }
    let found = text.unwrap_or("[…]");
    let message =
        format!("invalid `port` `{found}` of a server block; the API server rejects the DNS Service");
    Some(Draft::new(port.label_span(), message).help("write a port from 1 to 65535, for example `port: 53`"))
}

/// Checks that `zones` and `plugins` are lists of maps: the templates range over them and read fields of each element.
fn shape_faults(list: &Entry<'_>, field: &str) -> Vec<Draft> {
    let name = list.name();
    let value = list.value;
    if value.is_null()
        || value.is_opaque()
        || value.is_alias()
        || value.entries().any(|entry| entry.is_merge())
    {
        return Vec::new();
    }
    // Templates can also range over a map, by its values.
    let elements: Vec<NodeRef<'_>> = match value.kind() {
        Kind::Sequence => value.items().collect(),
        _ => value.entries().map(|entry| entry.value).collect(),
    };
    let is_text = |element: NodeRef<'_>| {
        element.kind() == Kind::Scalar
            && !element.is_alias()
            && !element.is_opaque()
            && element.text().is_some_and(|text| template_mark(text).is_none())
    };
    if value.kind() != Kind::Sequence {
        let fails = value.kind() == Kind::Scalar || elements.iter().any(|element| is_text(*element));
        let message = format!("`{name}` of a server block is not a list; the chart fails to render");
        let help = format!("write `{name}: [{{{field}: …}}]`");
        return fails.then(|| Draft::new(list.key.span(), message).help(help)).into_iter().collect();
    }
    let texts = elements.into_iter().filter(|element| is_text(*element));
    let draft = |element: NodeRef<'_>| {
        let text = element.text().unwrap_or_default();
        let message = format!("`{text}` in `{name}` is not a map; the chart fails to render");
        Draft::new(element.span(), message).help(format!("write `{field}: {text}`"))
    };
    texts.map(draft).collect()
}

/// Reports two blocks for the same zone on the same port, or a block that lists a zone twice.
fn served_twice(servers: &[NodeRef<'_>], drafts: &mut Vec<Draft>) {
    let mut seen: HashMap<(&str, String), (usize, Span)> = HashMap::new();
    // Blocks that select their clients or addresses may share a zone. An import may contain the plugin that selects
    // them.
    let chooses = |server: NodeRef<'_>| {
        plugins(server)
            .is_none_or(|names| names.iter().any(|name| matches!(*name, "bind" | "view" | "import")))
    };
    for (block, server) in servers.iter().enumerate().filter(|(_, server)| !chooses(**server)) {
        let Some(port) = server.get("port").and_then(NodeRef::text) else { continue };
        for (name, at) in zones(*server, port) {
            let plain = name.trim_end_matches('.').to_ascii_lowercase();
            let (first_block, first) = match seen.entry((port, plain)) {
                Slot::Occupied(slot) => *slot.get(),
                Slot::Vacant(slot) => {
                    slot.insert((block, at));
                    continue;
                }
            };
            let draft = if first_block == block {
                Draft::new(at, format!("duplicate zone `{name}`; CoreDNS fails to start"))
                    .help(format!("remove the second `{name}`"))
            } else {
                let message =
                    format!("zone `{name}` on port {port} is served by two blocks; CoreDNS fails to start");
                Draft::new(at, message).help("move the plugins into one block")
            };
            drafts.push(draft.related(first, "first defined here"));
        }
    }
}

/// The zones that a block serves on its port. A zone without a name, and a block without zones, serve `.`.
fn zones<'a>(server: NodeRef<'a>, port: &str) -> Vec<(&'a str, Span)> {
    let zones = server.entry("zones");
    let Some(listed) = zones.filter(|zones| !zones.value.is_null() && zones.value.items().len() > 0) else {
        let not_list = zones.is_some_and(|zones| {
            !zones.value.is_null() && (zones.value.is_opaque() || zones.value.kind() != Kind::Sequence)
        });
        let at = server.entry("port").map_or_else(|| server.span(), |port| port.label_span());
        return if not_list { Vec::new() } else { vec![(".", at)] };
    };
    let count = listed.value.items().len();
    let mut found = Vec::new();
    for (index, zone) in listed.value.items().enumerate() {
        // The chart writes the port only after the last zone; the other zones are served on CoreDNS' default port.
        let on_port = index + 1 == count || port == DEFAULT_PORT;
        // DNS over TLS and the like may be served as well.
        let plain = zone.kind() == Kind::Mapping
            && !zone.is_opaque()
            && zone.get("scheme").is_none()
            && !zone.entries().any(|entry| entry.is_merge() || entry.key.kind() == Kind::Mapping);
        if !on_port || !plain {
            continue;
        }
        match zone.entry("zone").filter(|entry| !entry.value.is_null()) {
            None => found.push((".", zone.span())),
            Some(entry) => match entry.value.text() {
                Some("") => found.push((".", entry.label_span())),
                // The name may include a port, a scheme or several zones.
                Some(name) if !name.contains([':', ' ', '{', '\n']) => {
                    found.push((name, entry.label_span()));
                }
                _ => {}
            },
        }
    }
    found
}

fn plugin_fault(plugin: NodeRef<'_>, image: Image) -> Option<Draft> {
    let name = plugin.entry("name")?;
    let text = name.value.text().filter(|text| template_mark(text).is_none())?;
    let at = name.label_span();
    if text == "prometheus" && plugin.get("parameters").is_none_or(NodeRef::is_null) && !is_opaque(plugin) {
        return Some(
            Draft::new(at, "plugin `prometheus` has no `parameters`; the chart fails to render")
                .help("add `parameters: 0.0.0.0:9153`"),
        );
    }
    // `name` is copied to a line of the Corefile, so parameters may follow the plugin.
    let word = text.split_whitespace().next().filter(|_| is_one_line(text))?;
    let is_plain =
        |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let plugins = words(List::CorednsPlugins);
    if plugins.has(word) || !is_plain(word) {
        return if word == text { argument_fault(plugin, word, image) } else { None };
    }
    let message = format!("unknown CoreDNS plugin `{word}`; CoreDNS fails to start");
    // A custom image may have additional plugins, but hardly one whose name is so close to a known one.
    let most = if image.packaged { 2 } else { 1 };
    match nearest(word, plugins.all().iter().copied(), most) {
        _ if word == "proxy" => Some(Draft::new(at, message).help("write `forward`, which replaced `proxy`")),
        Some(near) => Some(Draft::new(at, message).help(format!("did you mean `{near}`?"))),
        None if !image.packaged => None,
        None => Some(Draft::new(at, message).help("remove it, or set `image` to one that has the plugin")),
    }
}

/// Whether a text is one line of a Corefile, without comments and variables.
fn is_one_line(text: &str) -> bool {
    !text.trim_end().contains(['#', '\n']) && !text.contains("{$") && !text.contains("{%")
}

/// Reports parameters that a plugin rejects at startup. Sources: plugin/*/setup.go of coredns/coredns.
fn argument_fault(plugin: NodeRef<'_>, name: &str, image: Image) -> Option<Draft> {
    let parameters = plugin.entry("parameters");
    let text = match &parameters {
        Some(entry) if entry.value.is_null() => "",
        Some(entry) => {
            entry.value.text().filter(|text| template_mark(text).is_none() && is_one_line(text))?
        }
        None if is_opaque(plugin) => return None,
        None => "",
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let block = plugin.get("configBlock").is_some();
    let (problem, help) = match name {
        "forward" if words.len() < 2 => {
            ("needs a zone and a server to forward to", "write `parameters: . /etc/resolv.conf`")
        }
        "forward" if !image.takes_names && words[1..].iter().any(|server| is_name(server)) => {
            let name = words[1..].iter().find(|server| is_name(server)).copied().unwrap_or_default();
            return Some(
                Draft::new(
                    parameters?.label_span(),
                    format!("plugin `forward` takes addresses and files, but `{name}` is a name; CoreDNS fails to start"),
                )
                .help("write the IP address of the server, or the path of a resolv.conf"),
            );
        }
        "cache" if words.first().is_some_and(|first| looks_like_a_duration(first)) => {
            return Some(
                Draft::new(
                    parameters?.label_span(),
                    format!(
                        "plugin `cache` takes seconds; CoreDNS reads `{text}` as a zone and caches only that"
                    ),
                )
                .severity(Severity::Warning)
                .help("write a number of seconds, for example `parameters: 30`"),
            );
        }
        "loop" if !words.is_empty() => ("takes no parameters", "remove `parameters`"),
        "reload"
            if words.first().is_some_and(|first| go_duration(first).is_none_or(|time| time < MIN_RELOAD)) =>
        {
            ("takes a duration of at least `2s`", "write for example `parameters: 10s`")
        }
        "file" if words.is_empty() => ("needs the name of a zone file", "add `parameters: FILE ZONE`"),
        "rewrite" if words.is_empty() && !block => ("needs a rule", "add `parameters: name exact FROM TO`"),
        _ => return None,
    };
    let at = match &parameters {
        Some(entry) if !entry.value.is_null() => entry.label_span(),
        _ => plugin.entry("name")?.label_span(),
    };
    Some(Draft::new(at, format!("plugin `{name}` {problem}; CoreDNS fails to start")).help(help))
}

/// Whether a server is a host name: neither an address with an optional scheme and port, nor a path.
fn is_name(server: &str) -> bool {
    let host = server.split_once("://").map_or(server, |(_, host)| host);
    let host = host.split_once('%').map_or(host, |(host, _)| host);
    let bare = match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, _)) => inner,
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or_default(),
        None => host,
    };
    let plain =
        !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    plain && bare.parse::<IpAddr>().is_err() && !is_stand_in(server)
}

/// Whether a text has the form of a duration such as `5m`, which is neither a number nor a plausible zone.
fn looks_like_a_duration(text: &str) -> bool {
    let digits = text.trim_end_matches(['s', 'm', 'h']);
    digits.len() + 1 == text.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
