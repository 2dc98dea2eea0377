"""Merges the measurements of facts.py into catalog/measured.

usage: merge.py CHART FACTS

Versions that are not in FACTS keep their facts. Refresh the catalogue afterwards, which copies the facts to its tables.
"""
import json
import sys

from facts import MEASURED as FOLDER
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
    """An attribute without measured facts."""
    if attribute is None:
        return None
    kept = {key: value for key, value in attribute.items() if key != "fails"}
    kept["flags"] = [flag for flag in attribute["flags"] if flag not in MEASURED]
    return kept


def measured(attribute, fact):
    """The measured facts of a key that the catalogue knows."""
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
    # A schema is more precise than one trial per class.
    if "schema" in attribute["flags"] and "crd" not in attribute["flags"]:
        fails = {level: [shape for shape in shapes if shape in ("null", "empty-list")]
                 for level, shapes in fails.items()}
    return flags, {level: sorted(shapes, key=SHAPES.index) for level, shapes in fails.items() if shapes}


def written(attribute, fact):
    """The facts in the form of catalog/measured; None if there are none."""
    flags, fails = measured(attribute, fact)
    if not flags and not fails:
        return None
    out = {"flags": [flag for flag in FLAGS if flag in flags], "types": []}
    if fails:
        out["fails"] = {level: fails[level] for level in LEVELS if level in fails}
    return out


def switched(known, truthy):
    """The facts of a key, including those measured with --truthy."""
    known = known or {"flags": [], "types": []}
    flags = {flag for flag in known["flags"] if flag != "truthy"} | ({"truthy"} if truthy else set())
    out = {**known, "flags": [flag for flag in FLAGS if flag in flags]}
    return out if flags or "fails" in out else None


def main():
    chart, facts_file = sys.argv[1:3]
    head, *records = read(f"{NEUTRAL}/charts/{chart}.jsonl")
    path = f"{FOLDER}/{chart}.jsonl"
    known_head, *known = read(path) or [{"versions": []}]
    facts, switches = {}, {}
    for group in read(facts_file):
        found = {tuple(json.loads(key)): fact for key, fact in group["facts"].items()}
        target = switches if group.get("only-truthy") else facts
        target.update(dict.fromkeys(group["versions"], found))
    versions = [version for version in head["versions"] if version in facts or version in known_head["versions"]]
    attributes = {tuple(record["path"]): dict(zip(head["versions"], spread(record, head["versions"])))
                  for record in records}
    before = {tuple(record["path"]): dict(zip(known_head["versions"], spread(record, known_head["versions"])))
              for record in known}
    out = [{"chart": chart, "versions": versions}]
    for key in sorted({*attributes, *before, *(key for found in switches.values() for key in found)}):
        now = []
        for version in versions:
            if version in facts:
                attribute = bare(attributes.get(key, {}).get(version))
                now.append(attribute and written(attribute, facts[version].get(key, {})))
            elif version in switches:
                now.append(switched(before.get(key, {}).get(version), key in switches[version]))
            else:
                now.append(before.get(key, {}).get(version))
        steps = compress(now, versions)
        if steps:
            out.append({"path": list(key), "at": steps})
    with open(path, "w") as lines:
        for line in out:
            lines.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
