"""Keys that only comments of values.yaml name, and that do nothing when they are set.

usage: comments.py CHARTS CHART OUT

The arguments and the form of OUT are those of facts.py; "dead" lists the paths. A path counts when the catalogue knows
it from comments only (no template reads it, nothing below it, and no parent is open), and when Helm renders the same
with and without it, with the defaults and with everything switched on.
"""
import json
import sys

import facts

VALUES = ["x", True, {facts.MARK: "x"}, [facts.MARK]]


def table(name):
    with open(f"{facts.NEUTRAL}/charts/{name}.jsonl") as lines:
        head, *records = map(json.loads, lines)
    return head["versions"], records


def flags_at(versions, records, version):
    """The flags of every path at a version."""
    index = versions.index(version)
    found = {}
    for record in records:
        step = None
        for start, attribute in record["at"]:
            if versions.index(start) <= index:
                step = attribute
        if step is not None:
            found[tuple(record["path"])] = set(step["flags"])
    return found


def candidates(flags):
    """Paths from comments only, shortest first; `*` cannot be set."""
    used = set()
    for path, words in flags.items():
        if words - {"commented", "open"}:
            used.update(path[:length] for length in range(len(path) + 1))
    for path in sorted(flags, key=len):
        parents = [flags.get(path[:length], set()) for length in range(1, len(path))]
        opened = any("open" in words and words - {"commented", "open"} for words in parents)
        if path not in used and "*" not in path and path[0] != "global" and not opened:
            yield path


def dead(chart, paths):
    """The paths without effect: all at once where possible, in halves where one of them has an effect."""
    contexts = [{}, chart.switched(True)]

    def works(part):
        for context in contexts:
            for value in VALUES:
                values = context
                for path in part:
                    values = facts.merge(values, facts.nest(path, value))
                if chart.render(values) != chart.reference(context):
                    return True
        return False

    def split(part):
        if not part or not works(part):
            return part
        if len(part) == 1:
            return []
        middle = len(part) // 2
        return split(part[:middle]) + split(part[middle:])

    return split(paths)


def main():
    charts, name, out = sys.argv[1:4]
    versions, records = table(name)
    done = facts.measured(out)
    for key, minor, version, group, archive in facts.groups(charts, name):
        if key in done:
            continue
        chart = facts.Chart(name, archive, minor)
        paths = list(candidates(flags_at(versions, records, version)))
        # A path below another one is dead with it.
        tops = [path for path in paths if not any(path[:length] in paths for length in range(1, len(path)))]
        found = dead(chart, tops)
        with open(out, "a") as lines:
            lines.write(json.dumps({"digest": key, "chart": name, "versions": group, "dead": found}) + "\n")
        print(name, version, f"{len(found)} of {len(tops)} dead", flush=True)


if __name__ == "__main__":
    main()
