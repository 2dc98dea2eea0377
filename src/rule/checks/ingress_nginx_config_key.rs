//! `ingress/nginx-config-key`: misspelled nginx settings.

use crate::catalog::nginx::settings;
use crate::finding::Safety;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target, edit};
use crate::spelling::{nearest, plain};
use crate::yaml::{Kind, template_mark};

/// Settings that the chart generates from other values.
const OF_CHART: &[&str] = &["add-headers", "allow-snippet-annotations", "proxy-set-headers", "ssl-dh-param"];

/// nginx directives and other common names of a setting, without dashes. The controller's template generates the
/// directive from the setting (rootfs/etc/nginx/template/nginx.tmpl of kubernetes/ingress-nginx).
const ALIASES: &[(&str, &str)] = &[
    ("brotli", "enable-brotli"),
    ("clientmaxbodysize", "proxy-body-size"),
    ("gzip", "use-gzip"),
    ("http2", "use-http2"),
    ("keepalivetimeout", "keep-alive"),
    ("keepaliverequests", "keep-alive-requests"),
    ("logformat", "log-format-upstream"),
    ("maxbodysize", "proxy-body-size"),
    ("modsecurity", "enable-modsecurity"),
    ("realipheader", "forwarded-for-header"),
    ("proxyprotocol", "use-proxy-protocol"),
    ("setrealipfrom", "proxy-real-ip-cidr"),
];

/// The prefix of Ingress annotations.
const ANNOTATION: &str = "nginx.ingress.kubernetes.io/";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { values, .. } = context.target else { return };
    let Written::Entry(config) = values.lookup(&["controller", "config"]) else { return };
    for entry in config.value.fields().into_iter().filter(|entry| entry.key.kind() == Kind::Scalar) {
        let name = entry.name();
        if template_mark(&name).is_some() || settings().contains(&name.as_ref()) {
            continue;
        }
        // An annotation contains the name of the setting after the slash.
        let annotation = name.strip_prefix(ANNOTATION).filter(|setting| settings().contains(setting));
        let bare = plain(annotation.unwrap_or(&name));
        let (right, certain) = match settings().iter().find(|known| plain(known) == bare) {
            Some(known) => (*known, true),
            None => match ALIASES
                .iter()
                .find(|(alias, _)| *alias == bare)
                .map(|(_, setting)| *setting)
                .or_else(|| nearest(&name, settings().iter().copied(), 2))
            {
                Some(near) => (near, false),
                None => continue,
            },
        };
        let draft = Draft::new(
            entry.key.span(),
            format!("unknown setting `{name}` in `controller.config`; ingress-nginx silently ignores it"),
        )
        .help(format!("did you mean `{right}`?"));
        let free = certain && config.value.get(right).is_none() && !OF_CHART.contains(&right);
        let edit = edit::rename(entry, right).filter(|_| free);
        // The setting was ignored and takes effect with the fix.
        drafts.push(draft.fixed(Safety::Unsafe, format!("write `{right}`"), edit));
    }
}
