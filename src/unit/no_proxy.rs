//! Entries of `NO_PROXY`, as Go's programs read them (golang.org/x/net/http/httpproxy).

use std::ops::Range;

use ipnet::IpNet;

use super::lines::offset;
use crate::yaml::template_mark;

/// The rule for entries that match no host.
pub const RULE: &str = "config/no-proxy-entry";

/// What to say about the entries of a variable that match no host, and what to write instead, each with its range in the
/// value.
pub fn remarks(value: &str, variable: &str) -> Vec<(Range<usize>, String, String)> {
    let entries = value.split(',').map(str::trim);
    let remarks = entries.filter_map(|entry| {
        let (reason, help) = useless(entry)?;
        let message = format!(
            "`{entry}` in `{variable}` {reason} and matches no host; RKE2 sends these requests to the proxy"
        );
        let start = offset(value, entry);
        Some((start..start + entry.len(), message, help))
    });
    remarks.collect()
}

/// Whether a variable of the environment is a list of hosts without a proxy.
pub fn is_variable(name: &str) -> bool {
    name.strip_prefix("CONTAINERD_").unwrap_or(name).eq_ignore_ascii_case("NO_PROXY")
}

/// Why an entry matches no host, and what to write instead; `None` if it may match one.
fn useless(entry: &str) -> Option<(&'static str, String)> {
    // A program may have written the file, and a person may have to fill in a value.
    let is_open =
        entry.contains(['$', '%', '<', '>', '\\', '"', '\'', '@']) || template_mark(entry).is_some();
    if entry.is_empty() || entry == "*" || is_open {
        return None;
    }
    if entry.contains(char::is_whitespace) {
        let help = match entry.split_once('#') {
            Some((entry, _)) => {
                format!("write `{}`, and the comment on its own line", entry.trim_end().trim_end_matches(','))
            }
            None => format!(
                "separate entries with commas: `{}`",
                entry.split_whitespace().collect::<Vec<_>>().join(",")
            ),
        };
        return Some(("contains a space", help));
    }
    if let Some(separator) = [';', '|'].into_iter().find(|separator| entry.contains(*separator)) {
        let help = format!("separate entries with commas: `{}`", entry.replace(separator, ","));
        return Some(("has no comma between its parts", help));
    }
    let address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    if entry.split_once('-').is_some_and(|(first, last)| address(first) && address(last)) {
        return Some(("is a range", "write a network, such as `192.0.2.0/28`, or each address".to_owned()));
    }
    if entry.contains("://") {
        let host = entry.split_once("://")?.1.split('/').next().unwrap_or_default();
        return Some(("is a URL", format!("write `{host}`")));
    }
    if entry.contains('/') {
        let is_network = entry.parse::<IpNet>().is_ok();
        return (!is_network)
            .then(|| ("is not a network", "write a network, such as `10.0.0.0/8`".to_owned()));
    }
    // `*.example.com` is the same as `.example.com`.
    let rest = entry.strip_prefix("*.").unwrap_or(entry);
    if !rest.contains('*') {
        return None;
    }
    let help = network(entry)
        .or_else(|| Some(format!(".{}", rest.strip_prefix('*')?)).filter(|text| !text.contains('*')));
    let help = help
        .map_or_else(|| "write a network or the end of a name".to_owned(), |text| format!("write `{text}`"));
    Some(("contains a `*`", help))
}

/// The network that `10.61.*` or `10.61.3.*` means.
fn network(entry: &str) -> Option<String> {
    let parts: Vec<&str> = entry.split('.').collect();
    let known: Vec<&str> = parts.iter().copied().take_while(|part| part.parse::<u8>().is_ok()).collect();
    let is_pattern =
        !known.is_empty() && parts.len() <= 4 && parts[known.len()..].iter().all(|part| *part == "*");
    let zeros = ["0"; 4];
    let bytes = known.iter().chain(&zeros).take(4).copied().collect::<Vec<_>>().join(".");
    is_pattern.then(|| format!("{bytes}/{}", known.len() * 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_no_host_matches_are_found() {
        for (entry, expected) in [
            ("localhost 127.0.0.1", "separate entries with commas: `localhost,127.0.0.1`"),
            ("10.0.0.0/8 # nodes", "write `10.0.0.0/8`, and the comment on its own line"),
            ("localhost;10.0.0.0/8", "separate entries with commas: `localhost,10.0.0.0/8`"),
            ("10.61.3.*", "write `10.61.3.0/24`"),
            ("10.61.*.*", "write `10.61.0.0/16`"),
            ("172.*", "write `172.0.0.0/8`"),
            ("*example.org", "write `.example.org`"),
            ("10.61.3.4-10.61.3.9", "write a network, such as `192.0.2.0/28`, or each address"),
            ("http://10.61.3.4/", "write `10.61.3.4`"),
            ("10.61/16", "write a network, such as `10.0.0.0/8`"),
            ("10.61.0.0/33", "write a network, such as `10.0.0.0/8`"),
        ] {
            assert_eq!(useless(entry).map(|(_, help)| help).as_deref(), Some(expected), "{entry}");
        }
    }

    #[test]
    fn other_entries_are_kept() {
        for entry in [
            "",
            "*",
            "*.example.org",
            ".example.org",
            "example.org",
            "example.org:8080",
            "10.61.3.4",
            "10.61.0.0/16",
            "10.61.3.7/16",
            "fd00::/8",
            "[fd00::1]:443",
            "::1",
            ".svc",
            "node-1",
            "a-b.example.org",
            "$NODES",
            "{{ no_proxy }}",
            "<nodes>",
            "169.254.169.254",
            "localhost",
            ".cluster.local.",
        ] {
            assert_eq!(useless(entry), None, "{entry}");
        }
    }
}
