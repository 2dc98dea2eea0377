//! Predicates over addresses and networks. Lists are split at commas without trimming, as RKE2 does it.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::truth::Truth;
use crate::cluster::fact::{Datum, Fact};
use crate::source::Span;

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of a network.
    pub fn of(net: &IpNet) -> Self {
        if net.addr().is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// Networks with their place in the user's files.
#[derive(Clone, Debug)]
pub struct Networks {
    /// The networks in the order in which they are written; never empty.
    pub nets: Vec<IpNet>,
    /// The place; `None` for a default.
    pub at: Option<Span>,
}

impl Networks {
    /// The networks or addresses of a fact; `None` if there are none, or if one of them is invalid or unknown.
    pub fn of(fact: &Fact<'_>) -> Option<Self> {
        let Fact::Known(found) = fact else { return None };
        let nets = networks(&found.value).filter(|nets| !nets.is_empty())?;
        Some(Self { nets, at: found.at })
    }

    /// The families in order of first appearance.
    pub fn families(&self) -> Vec<Family> {
        let mut families: Vec<Family> = self.nets.iter().map(Family::of).collect();
        if families.iter().any(|family| *family != families[0]) {
            families = vec![families[0], if families[0] == Family::V4 { Family::V6 } else { Family::V4 }];
        } else {
            families.truncate(1);
        }
        families
    }

    /// The families as messages name them.
    pub fn words(&self) -> String {
        match self.families()[..] {
            [only] => only.to_string(),
            _ => "dual-stack".to_owned(),
        }
    }
}

/// The comma-separated parts of a value, untrimmed; `None` when some of it is unknown, and for null and mappings.
pub fn parts(value: &Datum<'_>) -> Option<Vec<String>> {
    if matches!(value, Datum::Null | Datum::Map(_)) {
        return None;
    }
    let mut parts = Vec::new();
    for element in value.elements() {
        if *element == Datum::Opaque {
            return None;
        }
        parts.extend(element.as_text()?.split(',').map(str::to_owned));
    }
    Some(parts)
}

/// The networks of a value; a bare address is a network of one address. `None` if a part is invalid.
pub fn networks(value: &Datum<'_>) -> Option<Vec<IpNet>> {
    parts(value)?.iter().map(|part| network(part)).collect()
}

/// A network or a bare address.
pub fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Whether every part is valid: a network, or an address.
pub fn valid(value: &Datum<'_>, address: bool) -> Truth {
    parts(value).map_or(Truth::Unknown, |parts| {
        let ok = |part: &String| {
            if address { part.parse::<IpAddr>().is_ok() } else { part.parse::<IpNet>().is_ok() }
        };
        (!parts.is_empty() && parts.iter().all(ok)).into()
    })
}

/// The families of a value in order of first appearance.
pub fn families(value: &Datum<'_>) -> Option<Vec<Family>> {
    let mut families = Vec::new();
    for net in networks(value)? {
        let family = Family::of(&net);
        if !families.contains(&family) {
            families.push(family);
        }
    }
    Some(families)
}

/// Whether each network of one value lies in some network of the other.
pub fn within(value: &Datum<'_>, outer: &Datum<'_>) -> Truth {
    let (Some(inner), Some(outer)) = (networks(value), networks(outer)) else { return Truth::Unknown };
    inner.iter().all(|net| outer.iter().any(|outer| outer.contains(net))).into()
}

/// Whether some network of one value shares addresses with some network of the other.
pub fn overlaps(value: &Datum<'_>, other: &Datum<'_>) -> Truth {
    let (Some(one), Some(other)) = (networks(value), networks(other)) else { return Truth::Unknown };
    one.iter().any(|net| other.iter().any(|other| net.contains(other) || other.contains(net))).into()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn text(text: &str) -> Datum<'_> {
        Datum::Text(Cow::Borrowed(text))
    }

    #[test]
    fn spaces_in_a_list_are_not_forgiven() {
        assert_eq!(valid(&text("10.42.0.0/16,2001:db8::/56"), false), Truth::True);
        assert_eq!(valid(&text("10.42.0.0/16, 2001:db8::/56"), false), Truth::False);
        assert_eq!(valid(&text("10.42.0.0"), false), Truth::False);
        assert_eq!(valid(&text("10.42.0.0"), true), Truth::True);
    }

    #[test]
    fn containment_and_overlap() {
        assert_eq!(within(&text("10.43.0.10"), &text("10.43.0.0/16")), Truth::True);
        assert_eq!(within(&text("10.42.0.10"), &text("10.43.0.0/16")), Truth::False);
        assert_eq!(overlaps(&text("10.0.0.0/8"), &text("10.43.0.0/16")), Truth::True);
        assert_eq!(overlaps(&text("10.42.0.0/16"), &text("10.43.0.0/16")), Truth::False);
        assert_eq!(families(&text("fd00::/56,10.0.0.0/8")), Some(vec![Family::V6, Family::V4]));
        assert_eq!(overlaps(&Datum::Opaque, &text("10.0.0.0/8")), Truth::Unknown);
    }
}
