//! Label selectors (`LabelSelector` of Kubernetes) that no controller can use.

use std::ops::Range;

use super::{Found, View};
use crate::rke2::node::{is_label_value, is_qualified_name};
use crate::spelling::nearest;
use crate::yaml::{Kind, NodeRef, Value, template_mark};

/// What is reported about the selectors of one kind of object.
pub struct Selector {
    /// The rule.
    pub rule: &'static str,
    /// What a selector that cannot be evaluated leads to.
    pub effect: &'static str,
}

const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];

impl Selector {
    /// The fields of a selector.
    pub const FIELDS: [&'static str; 2] = ["matchLabels", "matchExpressions"];

    /// Reports labels that no object can have, and expressions without a meaning.
    pub fn check(&self, view: &View, selector: NodeRef<'_>, found: &mut Found) {
        for entry in selector.get("matchLabels").into_iter().flat_map(NodeRef::entries) {
            let name = entry.name();
            // A map in the place of a key is an unquoted placeholder of a template.
            if entry.is_merge() || entry.key.kind() != Kind::Scalar || template_mark(&name).is_some() {
                continue;
            }
            self.key(view, entry.key.span().range(), &name, found);
            self.value(view, entry.value, found);
        }
        for item in selector.get("matchExpressions").into_iter().flat_map(NodeRef::items) {
            self.expression(view, item, found);
        }
    }

    fn key(&self, view: &View, at: Range<usize>, key: &str, found: &mut Found) {
        if is_qualified_name(key) {
            return;
        }
        let message = format!("invalid label key `{key}`; {}", self.effect);
        let help = match key.trim() {
            bare if bare != key && is_qualified_name(bare) => format!("write `{bare}`"),
            _ => "write a name such as `role` or `example.com/role`".to_owned(),
        };
        found.remark(self.rule, view, at, message, &help);
    }

    fn value(&self, view: &View, value: NodeRef<'_>, found: &mut Found) {
        if value.is_opaque() {
            return;
        }
        let at = value.span().range();
        if matches!(value.value(), Some(Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_))) {
            let text = value.text().unwrap_or_default();
            let message = format!("label value `{text}` is not a string; the API server rejects the object");
            found.remark(self.rule, view, at, message, &format!("write `\"{text}\"`"));
            return;
        }
        let text = value.string().filter(|text| template_mark(text).is_none());
        if let Some(text) = text.filter(|text| !is_label_value(text)) {
            let message = format!("invalid label value `{text}`; {}", self.effect);
            let help =
                "write at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";
            found.remark(self.rule, view, at, message, help);
        }
    }

    /// Reports an expression with an operator that does not exist, or with values that do not fit its operator.
    fn expression(&self, view: &View, item: NodeRef<'_>, found: &mut Found) {
        let known = |key: &str| {
            let node = item.get(key).filter(|node| !node.is_null())?;
            let text = node.text().filter(|text| template_mark(text).is_none() && !node.is_opaque())?;
            Some((node.span().range(), text))
        };
        if let Some((at, key)) = known("key") {
            self.key(view, at, key, found);
        }
        let values = item.get("values").filter(|values| !values.is_null());
        for value in values.into_iter().flat_map(NodeRef::items) {
            self.value(view, value, found);
        }
        let Some((at, operator)) = known("operator") else { return };
        let effect = self.effect;
        let has_values = values.is_some_and(|values| values.items().len() > 0);
        let is_list = values.is_none_or(|values| values.kind() == Kind::Sequence);
        let (message, help) = match operator {
            "In" | "NotIn" if !has_values && is_list => {
                let message = format!("operator `{operator}` without `values`; {effect}");
                match values {
                    Some(_) => found.remark(self.rule, view, at, message, "add a value to `values`"),
                    None => found.missing(self.rule, view, at, message, "add `values`"),
                }
                return;
            }
            "Exists" | "DoesNotExist" if has_values => {
                (format!("operator `{operator}` with `values`; {effect}"), "remove `values`".to_owned())
            }
            operator if OPERATORS.contains(&operator) => return,
            operator => {
                let same = OPERATORS.into_iter().find(|known| known.eq_ignore_ascii_case(operator));
                let help = match same.or_else(|| nearest(operator, OPERATORS, 2)) {
                    Some(known) => format!("write `{known}`"),
                    None => "write `In`, `NotIn`, `Exists` or `DoesNotExist`".to_owned(),
                };
                (format!("unknown operator `{operator}`; {effect}"), help)
            }
        };
        found.remark(self.rule, view, at, message, &help);
    }
}
