//! The forms of text that the predicate `format` accepts.

use crate::rke2::node;
use crate::rule::grammar::is_quantity;

/// A form of text that `format` accepts.
#[derive(Debug)]
pub struct Format {
    /// The name in rule files.
    pub name: &'static str,
    /// The description.
    pub doc: &'static str,
    /// A text of this form and a text that is not.
    pub examples: (&'static str, &'static str),
    pub(super) holds: fn(&str) -> bool,
}

/// The forms that `format` accepts, sorted by name.
pub const FORMATS: &[Format] = &[
    Format {
        name: "label",
        doc: "a node label that the kubelet accepts: `key=value`",
        examples: ("disk=ssd", "disk"),
        holds: |text| node::label(text).is_ok(),
    },
    Format {
        name: "label-key",
        doc: "the key of a label, with or without a domain",
        examples: ("example.com/disk", "disk type"),
        holds: node::is_qualified_name,
    },
    Format {
        name: "label-value",
        doc: "the value of a label",
        examples: ("ssd", "a b"),
        holds: node::is_label_value,
    },
    Format {
        name: "number",
        doc: "digits only",
        examples: ("42", "4.2"),
        holds: |text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
    },
    Format {
        name: "placeholder",
        doc: "a word that a script, a person or a secret store replaces: `$NODE_IP`, `<node-ip>`, `NODE_IP`, `%NODE_IP%`, `((node-ip))`, `x.x.x.x`, `op://…`",
        examples: ("<node-ip>", "10.0.0.1"),
        holds: node::is_stand_in,
    },
    Format {
        name: "port",
        doc: "a port from 1 to 65535",
        examples: ("6443", "65536"),
        holds: |text| text.parse::<u16>().is_ok_and(|port| port > 0),
    },
    Format {
        name: "quantity",
        doc: "a resource quantity of Kubernetes",
        examples: ("250m", "250 m"),
        holds: is_quantity,
    },
    Format {
        name: "reserved-label",
        doc: "the key of a label that the kubelet may not set on its own node",
        examples: ("node-role.kubernetes.io/x", "example.com/x"),
        holds: node::is_reserved_label,
    },
    Format {
        name: "subdomain",
        doc: "a DNS-1123 subdomain, such as the name of a node or object",
        examples: ("node-1.example.com", "node_1"),
        holds: node::is_subdomain,
    },
    Format {
        name: "taint",
        doc: "a taint that Kubernetes accepts: `key=value:Effect`",
        examples: ("a=b:NoSchedule", "a=b"),
        holds: |text| node::taint(text).is_ok(),
    },
];
