"""Writes what facts.py and comments.py measured into the catalogue's neutral form.

usage: merge.py CHART FACTS COMMENTS

Facts of earlier runs are replaced; everything else in catalog/neutral/charts/CHART.jsonl stays as it is. A version that
was not measured gets the facts of its neighbours where those on both sides agree and the key is the same in all of
them. Rebuild the embedded form afterwards: cargo run --example build-catalog.
"""
import json
import sys

from facts import NEUTRAL

FLAGS = ["open", "values", "schema", "read", "commented", "overwritten", "polymorphic", "injected", "crd", "free-keys",
         "closed", "guard", "truthy", "whole", "partial"]
LEVELS = ["always", "default", "enabled", "on"]
MEASURED = {"truthy", "whole", "partial"}
SHAPES = ["null", "false", "true", "number", "text", "quoted-bool", "quoted-number", "empty-list", "list", "map",
          "unknown-key"]


def read(path):
    try:
        with open(path) as lines:
            return [json.loads(line) for line in lines]
    except FileNotFoundError:
        return []


def spread(record, versions):
    """The attribute of a record at each version."""
    steps = {start: attribute for start, attribute in record["at"]}
    current, out = None, []
    for version in versions:
        current = steps.get(version, current)
        out.append(current)
    return out


def compress(attributes, versions):
    steps = []
    for version, attribute in zip(versions, attributes):
        if (steps[-1][1] if steps else None) != attribute:
            steps.append([version, attribute])
    return steps


def bare(attribute):
    """An attribute without what was measured."""
    if attribute is None:
        return None
    kept = {key: value for key, value in attribute.items() if key != "fails"}
    kept["flags"] = [flag for flag in attribute["flags"] if flag not in MEASURED]
    return kept


def closed(records):
    """Maps of values.yaml with a fixed set of scalars: where Helm fails on any other key, there is no other, though
    a template ranges over the map."""
    below = {}
    for record in records:
        below.setdefault(tuple(record["path"][:-1]), []).append(record)
    for path, children in below.items():
        newest = [record["at"][-1][1] for record in children if record["path"][-1] != "*"]
        scalar = all(attribute and "values" in attribute["flags"] and "map" not in attribute["types"]
                     for attribute in newest)
        if scalar and len(newest) > 1:
            yield path


def is_scalar(record):
    """Whether values.yaml has a scalar at a path, in every version."""
    return all(attribute is None or ("values" in attribute["flags"] and attribute["types"]
                                     and not {"map", "list", "null"} & set(attribute["types"]))
               for _, attribute in record["at"])


def only_commented(record):
    return all(attribute is None or set(attribute["flags"]) <= {"commented", "open"} for _, attribute in record["at"])


def measured(attribute, fact):
    """What a measurement says of a key that the catalogue knows."""
    flags, fails = set(), {}
    for level in LEVELS:
        if level in fact:
            fails[level] = list(fact[level])
    is_open = "open" in attribute["flags"]
    effect = fact.get("unknown-key")
    if fact.get("truthy"):
        flags.add("truthy")
    if effect and not is_open:
        flags.add("whole")
        if effect == "fails":
            fails.setdefault("default", []).append("unknown-key")
    handed_on = {"read", "schema", "free-keys", "crd", "injected"} & set(attribute["flags"])
    if is_open and not effect and not handed_on and "values" in attribute["flags"] and attribute["types"] == ["map"]:
        flags.add("partial")
    # A schema says more than one try of each shape.
    if "schema" in attribute["flags"] and "crd" not in attribute["flags"]:
        fails = {level: [shape for shape in shapes if shape in ("null", "empty-list")]
                 for level, shapes in fails.items()}
    return flags, {level: sorted(shapes, key=SHAPES.index) for level, shapes in fails.items() if shapes}


def applied(attribute, found):
    flags, fails = found
    kept = dict(attribute)
    words = set(attribute["flags"]) | flags
    kept["flags"] = [flag for flag in FLAGS if flag in words]
    if fails:
        kept["fails"] = {level: fails[level] for level in LEVELS if level in fails}
    return kept


def between(values, same):
    """Fills gaps (None) whose neighbours on both sides are equal, where `same` holds for the whole gap."""
    known = [index for index, value in enumerate(values) if value is not None]
    for before, after in zip(known, known[1:]):
        if values[before] == values[after] and same(before, after):
            for index in range(before + 1, after):
                values[index] = values[before]
    return values


def handed_to_resource(records):
    """Maps whose keys a template copies into a custom resource one by one: what its definition lacks is not accepted."""
    for record in records:
        *parent, last = record["path"]
        newest = record["at"][-1][1]
        if last != "*" or not parent or newest is None or set(newest["flags"]) != {"open", "read"}:
            continue
        below = [other for other in records if other["path"][:-1] == parent and other is not record]
        if any(step[1] and "crd" in step[1]["flags"] for other in below for step in other["at"]):
            yield parent


def main():
    chart, facts_file, comments_file = sys.argv[1:4]
    path = f"{NEUTRAL}/charts/{chart}.jsonl"
    head, *records = read(path)
    versions = head["versions"]
    facts, dead = {}, {}
    for group in read(facts_file):
        found = {tuple(json.loads(key)): fact for key, fact in group["facts"].items()}
        facts.update(dict.fromkeys(group["versions"], found))
    for group in read(comments_file):
        dead.update(dict.fromkeys(group["versions"], {tuple(path) for path in group["dead"]}))
    resources = list(handed_to_resource(records))
    fixed = set(closed(records))
    scalars = {tuple(record["path"]) for record in records if is_scalar(record)}
    out = [head]
    for record in records:
        key = tuple(record["path"])
        attributes = [bare(attribute) for attribute in spread(record, versions)]
        if list(key[:-1]) in resources and key[-1] == "*":
            continue
        if list(key) in resources:
            for attribute in filter(None, attributes):
                attribute["flags"] = [flag for flag in FLAGS if flag == "crd" or flag in attribute["flags"]]
        if key[-1:] == ("*",) and key[:-1] in fixed:
            attributes = [None if facts.get(version, {}).get(key[:-1], {}).get("unknown-key") == "fails" else attribute
                          for version, attribute in zip(versions, attributes)]
        if any(key[:length] in scalars for length in range(1, len(key))) and only_commented(record):
            continue
        gone = [any(key[:length] in dead[version] for length in range(1, len(key) + 1)) if version in dead else None
                for version in versions]
        same = lambda before, after: attributes[before:after] == attributes[before + 1:after + 1]
        gone = between(gone, same)
        attributes = [None if lost else attribute for lost, attribute in zip(gone, attributes)]
        found = [measured(attribute, facts[version].get(key, {})) if attribute and version in facts else None
                 for version, attribute in zip(versions, attributes)]
        found = between(found, same)
        attributes = [applied(attribute, one) if attribute and one else attribute
                      for attribute, one in zip(attributes, found)]
        steps = compress(attributes, versions)
        if any(attribute for _, attribute in steps):
            out.append({"path": record["path"], "at": steps})
    with open(path, "w") as lines:
        for line in out:
            lines.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
