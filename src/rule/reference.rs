//! The reference of the rule language as Markdown and as a JSON Schema, generated from the compiler's own tables. Must
//! not write files.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::compile::{BINDERS, CONDITIONS, EDITS, FIELDS, PREDICATES, REPORT_FIELDS, SUBJECTS};
use super::facts;
use super::functions::FUNCTIONS;
use super::path::ROOTS;
use super::predicate::{FORMATS, TYPES};
use super::tables::TABLES;

const HEAD: &str = "# The rule language

A rule is a YAML file `category/name.yaml` in a rules folder (`--rules DIR`, or `rule-paths` in the settings). It binds
names, evaluates conditions, and reports the first case that holds. [Writing your own rules](writing-rules.md) walks through
examples. This page is generated from the compiler's own tables; a field, path or predicate that is not listed
here is an error when the rule is loaded.

Editors complete rule files whose first line refers to the schema:

```yaml
# yaml-language-server: $schema=https://raw.githubusercontent.com/rke2-lint/rke2-lint/main/docs/rule.schema.json
```

## How a rule runs

1. `for-each` and `let` bind names, one after the other. The rest of the rule runs once for
   each value; `$name` is the value of a name.
2. `when` is a list of conditions; all must be known to be true.
3. `cases` are tried in order, and the first that holds is reported. With `all: true`, every case that holds is
   reported. A case inherits the fields that it does not set from `report`. Without `cases`, `report` is the only case.

Conditions are true, false or *unknown*. A condition is unknown if it depends on something outside the tree, on a
template placeholder, or on releases that differ, or if it compares values of different types. `not` of an unknown is
unknown. A rule fires only if its conditions are true, and a case whose `when` is unknown ends the search, because a
later case could contradict it. An unknown list binds nothing.

`rke2-lint rules test --why PATH:LINE` prints what each condition evaluates to for the subject at a line, and where its
values come from ([example](writing-rules.md#why-a-rule-fires-or-does-not)).

";

/// The page in Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let rows = |table: &[(&'static str, &'static str)]| -> Vec<[String; 2]> {
        table.iter().map(|(name, doc)| [format!("`{name}`"), (*doc).to_owned()]).collect()
    };
    let fields = |table: &[(&'static str, &'static str, &'static str)]| -> Vec<[String; 3]> {
        table
            .iter()
            .map(|(name, value, doc)| [format!("`{name}`"), (*value).to_owned(), (*doc).to_owned()])
            .collect()
    };
    section(&mut page, "Fields of a rule file", ["field", "value", "meaning"], fields(FIELDS));
    section(&mut page, "Subjects (`applies`)", ["subject", "the rule runs once for each of"], rows(SUBJECTS));
    section(
        &mut page,
        "Fields of `report` and of a case",
        ["field", "value", "meaning"],
        fields(REPORT_FIELDS),
    );
    section(&mut page, "Names (`for-each`)", ["binder", "binds"], rows(BINDERS));
    let tables = TABLES.iter().map(|table| {
        [format!("`{}`", table.name), format!("`{}`", table.columns.join("`, `")), table.doc.to_owned()]
    });
    section(&mut page, "Tables of the catalogue (`rows`)", ["table", "columns", "its rows"], tables);
    section(&mut page, "Paths", ["path", "meaning"], rows(ROOTS));
    page.push_str(
        "\n`[*]` means every element of a list or map: the rule fires once for each element that fulfills all conditions, and\n\
         reports it there. A key with dots is written `\"in.quotes\"`. `$NAME` may be a step of a path: `config.$key`.\n",
    );
    let facts = facts::all().map(|fact| {
        let path = match fact.argument {
            Some(argument) => format!("`{}({argument})`", fact.path),
            None => format!("`{}`", fact.path),
        };
        [path, fact.kind.words(), fact.doc.to_owned()]
    });
    section(&mut page, "Derived facts", ["path", "type", "meaning"], facts);
    section(&mut page, "Conditions", ["condition", "true if"], rows(CONDITIONS));
    section(&mut page, "Predicates", ["predicate", "value", "true if"], fields(PREDICATES));
    let formats = FORMATS.iter().map(|format| {
        let (yes, no) = format.examples;
        [format!("`{}`", format.name), format.doc.to_owned(), format!("`{yes}`"), format!("`{no}`")]
    });
    section(&mut page, "Formats", ["format", "meaning", "valid", "invalid"], formats);
    let functions = FUNCTIONS.iter().map(|function| {
        let (call, result) = function.example;
        [
            format!("`{}({})`", function.name, function.arguments.join(", ")),
            function.doc.to_owned(),
            format!("`{call}`"),
            format!("`{result}`"),
        ]
    });
    section(&mut page, "Functions", ["function", "yields", "example", "result"], functions);
    page.push_str(
        "\nThe result of a function is unknown for an unknown argument, and absent for an absent one. Arguments are paths, numbers, `true`,\n\
         `false`, strings in quotes, and other functions.\n",
    );
    section(&mut page, "Edits (`fix`)", ["edit", "effect"], rows(EDITS));
    page.push_str(
        "\n`safety` is `safe`, `unsafe` (changes what the cluster does) or `display` (shown, never applied); `message` replaces\n\
         the text that is generated from the edits. A fix is omitted if the layout allows no exact edit.\n",
    );
    page
}

fn section<const N: usize>(
    page: &mut String,
    title: &str,
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) {
    // Writing to a String cannot fail.
    let _ = writeln!(page, "\n## {title}\n\n| {} |\n|{}", columns.join(" | "), "---|".repeat(N));
    for row in rows {
        let _ = writeln!(page, "| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
}

/// The JSON Schema of a rule file.
pub fn json_schema() -> String {
    let described =
        |table: &[(&'static str, &'static str, &'static str)], extra: &[(&str, Value)]| -> Value {
            let property = |(name, _, doc): &(&'static str, &'static str, &'static str)| {
                let mut schema = extra
                    .iter()
                    .find(|(known, _)| known == name)
                    .map_or_else(|| json!({}), |(_, schema)| schema.clone());
                schema["description"] = json!(doc);
                ((*name).to_owned(), schema)
            };
            Value::Object(table.iter().map(property).collect())
        };
    let names = |table: &[(&'static str, &'static str)]| -> Vec<&'static str> {
        table.iter().filter_map(|(form, _)| form.split(':').next()).collect()
    };
    let predicates: serde_json::Map<String, Value> = PREDICATES
        .iter()
        .filter(|(name, ..)| !name.starts_with('('))
        .map(|(name, _, doc)| {
            let mut schema = match *name {
                "type" => json!({"enum": TYPES}),
                "format" => json!({"enum": FORMATS.iter().map(|format| format.name).collect::<Vec<_>>()}),
                "not" | "length" | "any" | "each" => json!({"$ref": "#/definitions/predicate"}),
                "set" | "defined" | "unique" => json!({"type": "boolean"}),
                "one-of" | "none-of" | "all" => json!({"type": "array"}),
                _ => json!({}),
            };
            schema["description"] = json!(doc);
            ((*name).to_owned(), schema)
        })
        .collect();
    let object = |names: Vec<&str>| {
        let properties: serde_json::Map<String, Value> =
            names.into_iter().map(|name| (name.to_owned(), json!({}))).collect();
        json!({"type": "object", "properties": properties, "additionalProperties": false})
    };
    let level = json!({"enum": ["error", "warning", "info"]});
    let conditions = json!({"type": "array", "items": {"$ref": "#/definitions/condition"}});
    let case = described(
        REPORT_FIELDS,
        &[
            ("severity", level.clone()),
            ("when", conditions.clone()),
            ("fix", json!({"$ref": "#/definitions/fix"})),
        ],
    );
    let mut fix = object(names(EDITS));
    fix["properties"]["safety"] = json!({"enum": ["safe", "unsafe", "display"]});
    fix["properties"]["message"] = json!({"type": "string"});
    fix["required"] = json!(["safety"]);
    let mut subject = object(names(SUBJECTS));
    subject["properties"]["rke2"] = json!({"description": "the releases that the rule applies to"});
    subject["properties"]["chart-version"] = json!({"description": "the versions of the subject chart"});
    let report = json!({"type": "object", "properties": case, "additionalProperties": false});
    let fields = described(
        FIELDS,
        &[
            ("severity", level),
            ("applies", subject),
            ("for-each", json!({"type": "array", "items": object(names(BINDERS))})),
            ("let", json!({"type": "object"})),
            ("when", conditions),
            ("report", report.clone()),
            ("cases", json!({"type": "array", "items": report, "minItems": 1})),
            ("all", json!({"type": "boolean"})),
            ("fix", json!({"$ref": "#/definitions/fix"})),
        ],
    );
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "rke2-lint rule",
        "type": "object",
        "required": ["id", "severity", "summary", "applies", "explanation", "since"],
        "properties": fields,
        "additionalProperties": false,
        "definitions": {
            "condition": {"type": "object", "minProperties": 1},
            "predicate": {
                "anyOf": [
                    {"type": ["string", "number", "boolean", "null"]},
                    {"type": "object", "properties": predicates, "additionalProperties": false},
                ],
            },
            "fix": fix,
        },
    });
    // A `Value` can always be serialized.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
