//! Accepted values from a values.schema.json. Where the schema cannot be followed, every key is accepted. Must not
//! fetch anything: references to other files stay unresolved.

use serde_json::Value;

use super::plant::Plant;
use crate::catalog::attr::{Flags, Scalar, Types};
use crate::catalog::chart::ANY;

/// Schemas may refer to themselves: below this depth, everything is accepted.
const DEEPEST: usize = 24;
/// Maximum number of schemas that are read, including those by reference.
const LARGEST: usize = 50_000;

/// Adds the contents of a schema to the tree.
pub(super) fn add(schema: &Value, plant: &mut Plant) {
    Reader { root: schema, left: LARGEST }.read(schema, plant, 0);
}

struct Reader<'a> {
    root: &'a Value,
    left: usize,
}

impl<'a> Reader<'a> {
    fn read(&mut self, schema: &'a Value, plant: &mut Plant, depth: usize) {
        plant.flags |= Flags::SCHEMA;
        self.left = self.left.saturating_sub(1);
        if depth > DEEPEST || self.left == 0 {
            plant.open();
            return;
        }
        let Value::Object(map) = schema else {
            if *schema == Value::Bool(true) {
                plant.open();
            }
            return;
        };
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            let root: &'a Value = self.root;
            match reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
                Some(target) => self.read(target, plant, depth + 1),
                None => plant.open(),
            }
        }
        for part in ["allOf", "anyOf", "oneOf"] {
            for schema in map.get(part).and_then(Value::as_array).into_iter().flatten() {
                self.read(schema, plant, depth + 1);
            }
        }
        for part in ["then", "else"] {
            if let Some(schema) = map.get(part) {
                self.read(schema, plant, depth + 1);
            }
        }
        plant.types |= types(map.get("type"));
        let marked = |word: &str| map.get(word) == Some(&Value::Bool(true));
        if marked("x-kubernetes-int-or-string") {
            plant.types |= Types::INT | Types::STRING;
        }
        if marked("x-kubernetes-preserve-unknown-fields") {
            plant.flags |= Flags::OPEN;
        }
        if let Some(default) = map.get("default").and_then(Scalar::from_json) {
            plant.default.get_or_insert(default);
        }
        let listed = map.get("enum").and_then(Value::as_array);
        if let Some(values) = listed.map(|values| values.iter().map(Scalar::from_json).collect::<Option<_>>())
        {
            plant.enum_values = values.unwrap_or_default();
        }
        self.children(map, plant, depth);
    }

    fn children(&mut self, map: &'a serde_json::Map<String, Value>, plant: &mut Plant, depth: usize) {
        for (key, schema) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if self.left == 0 {
                return plant.open();
            }
            self.read(schema, plant.at(&[key]), depth + 1);
        }
        for schema in map.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
            self.read(schema.1, plant.at(&[ANY]), depth + 1);
            plant.flags |= Flags::FREE_KEYS;
        }
        match map.get("additionalProperties") {
            Some(Value::Bool(false)) => plant.flags |= Flags::CLOSED,
            Some(Value::Bool(true)) => plant.flags |= Flags::OPEN,
            Some(schema) => {
                self.read(schema, plant.at(&[ANY]), depth + 1);
                plant.flags |= Flags::FREE_KEYS;
            }
            None => {}
        }
        for key in ["items", "additionalItems", "prefixItems"] {
            match map.get(key) {
                Some(Value::Array(schemas)) => {
                    for schema in schemas {
                        self.read(schema, plant.at(&[ANY]), depth + 1);
                    }
                }
                Some(schema @ Value::Object(_)) => self.read(schema, plant.at(&[ANY]), depth + 1),
                _ => {}
            }
        }
    }
}

fn types(value: Option<&Value>) -> Types {
    let one = |word: &str| match word {
        "null" => Types::NULL,
        "boolean" => Types::BOOL,
        "integer" => Types::INT,
        "number" => Types::INT | Types::FLOAT,
        "string" => Types::STRING,
        "array" => Types::LIST,
        "object" => Types::MAP,
        _ => Types::UNKNOWN,
    };
    match value {
        Some(Value::String(word)) => one(word),
        Some(Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).fold(Types::UNKNOWN, |types, word| types | one(word))
        }
        _ => Types::UNKNOWN,
    }
}
