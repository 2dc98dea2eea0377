"""Compares the linter's findings about chart values with the behavior of Helm.

usage: oracle.py [--seed N] [--sample N] [--details FILE] [CHART[=VERSION]...] CHARTS

CHARTS is a bare clone of rancher/rke2-charts. Without names, the newest version of each chart in CONFIGS is tested, and
one older version that the seed selects. Three kinds of values are derived from each chart's own values.yaml: changed
leaves, keys that the chart does not have (misspelled, misplaced, of other versions and charts), and values of a wrong
type. --sample limits each kind (default 400; 0 for all). The linter checks all of them (RKE2_LINT names the program);
Helm renders them alone and with other parts of the chart switched on.

Prints a table, and fails when Helm contradicts a claim, or when more than 5 % of the wrong types with which Helm fails
are not reported. --details writes each contradiction and each miss as a line of JSON.
"""
import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import facts

# The ten charts, each with the config.yaml that deploys it.
CONFIGS = {
    "rke2-calico": "cni: calico\n", "rke2-canal": "cni: canal\n", "rke2-cilium": "cni: cilium\n",
    "rke2-coredns": "cni: canal\n", "rke2-flannel": "cni: flannel\n",
    "rke2-ingress-nginx": "ingress-controller: ingress-nginx\n", "rke2-metrics-server": "cni: canal\n",
    "rke2-multus": "cni: [multus, canal]\n", "rke2-snapshot-controller": "cni: canal\n",
    "rke2-traefik": "ingress-controller: traefik\n",
}
# The claims that Helm can contradict: the value has no effect, or the install fails. Other findings, and those with a
# condition, count as reported.
NO_EFFECT = re.compile(r"silently ignores it$|(has|have) no effect")
FAILS = re.compile(r"install( of [^;]+)? fails$|refuses to install$|fails to install with it$")
# The maximum share of wrong types with which Helm fails that may be missed.
MOST_MISSED = 0.05
HERE = os.path.dirname(os.path.abspath(__file__))


class Version:
    """A chart version, rendered by Helm with different parts enabled."""

    def __init__(self, name, version, release, chart):
        self.name, self.version, self.release, self.chart = name, version, release, chart
        self.values = self.chart.values
        on, off = self.chart.switched(True), self.chart.switched(False)
        contexts = [{}, on, off, *extra(name)]
        # Certificates and passwords that are generated during rendering differ each time.
        self.contexts = [context for context in contexts if self.chart.render(context) is not None
                         and self.chart.render(context) == self.chart.render(context)]
        self.on = on if on in self.contexts else {}

    def around(self, path):
        around = self.chart.around(path)
        return [around] if around and self.chart.reference(around) is not None else []

    def with_effect(self, probes):
        """The probes with an effect: by index, the first context in which the result of Helm differs."""
        found = {}
        for context in self.contexts:
            rest = [index for index in range(len(probes)) if index not in found]
            for batch in facts.together([probes[index][0] for index in rest], 24):
                chosen = [index for index in rest if probes[index][0] in batch]
                for index in self.search(context, probes, chosen):
                    found[index] = context
        for index, (path, value) in enumerate(probes):
            for context in self.around(path) if index not in found else []:
                if self.differs(context, [(path, value)]):
                    found[index] = context
        return found

    def differs(self, context, probes):
        values = context
        for path, value in probes:
            values = facts.merge(values, facts.nest(path, value))
        return self.chart.render(values) != self.chart.reference(context)

    def search(self, context, probes, chosen):
        if not self.differs(context, [probes[index] for index in chosen]):
            return []
        if len(chosen) == 1:
            return chosen
        middle = len(chosen) // 2
        return self.search(context, probes, chosen[:middle]) + self.search(context, probes, chosen[middle:])

    def failing(self, path, value):
        """Whether Helm fails with a value: "alone", once "more" of the chart is on, or not (None)."""
        wrong = facts.nest(path, value)
        if self.chart.render(wrong) is None:
            return "alone"
        for context in [*self.around(path), self.on]:
            if self.chart.render(facts.merge(context, wrong)) is None:
                return "more"
        return None


def extra(name):
    """Parts of charts that are not enabled by a boolean."""
    with open(os.path.join(HERE, "contexts.json")) as file:
        return json.load(file).get(name, [])


def written(values, indent="    "):
    """Values as unambiguous block YAML."""
    lines = []
    for key, value in values.items():
        if isinstance(value, dict) and value:
            lines += [f"{indent}{json.dumps(key)}:", *written(value, indent + "  ")]
        else:
            lines.append(f"{indent}{json.dumps(key)}: {json.dumps(value)}")
    return lines


def lint(version, all_values):
    """The findings of the linter for each of many values: pairs of severity and message."""
    said = [[] for _ in all_values]
    with tempfile.TemporaryDirectory() as folder:
        for index, values in enumerate(all_values):
            place = f"{folder}/{index:06}"
            os.makedirs(f"{place}/manifests")
            with open(f"{place}/config.yaml", "w") as file:
                file.write(CONFIGS[version.name])
            head = ["apiVersion: helm.cattle.io/v1", "kind: HelmChartConfig", "metadata:", f"  name: {version.name}",
                    "  namespace: kube-system", "spec:", "  valuesContent: |-"]
            with open(f"{place}/manifests/{version.name}-config.yaml", "w") as file:
                file.write("\n".join([*head, *written(values)]) + "\n")
        linter = os.environ.get("RKE2_LINT", "rke2-lint")
        command = [linter, "check", ".", "--no-config", "--format", "json", "--fail-on", "never", "--rke2-version",
                   version.release]
        if os.environ.get("RKE2_LINT_CATALOG"):
            command += ["--catalog", os.path.join(os.path.abspath(facts.CATALOG), "embedded.bin")]
        out = subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
        for finding in json.loads(out)["findings"]:
            index, file = finding["location"]["path"].split("/", 1)
            if file.startswith("manifests/"):
                said[int(index)].append((finding["rule"], finding["severity"], finding["message"]))
    return said


def lint_new(version, contexts_and_values):
    """The findings of the linter for values, without those for their contexts alone."""
    with_values = lint(version, [facts.merge(context, values) for context, values in contexts_and_values])
    distinct = {json.dumps(context): context for context, _ in contexts_and_values}
    alone = dict(zip(distinct, lint(version, list(distinct.values()))))
    return [[one for one in said if one not in alone[json.dumps(context)]]
            for (context, _), said in zip(contexts_and_values, with_values)]


def leaves(values):
    return [(path, value) for path, value in facts.nodes(values)
            if path[0] != "global" and not (isinstance(value, dict) and value)]


def changed(value, random):
    """Another value of the same type."""
    if isinstance(value, dict):
        return {key: changed(one, random) for key, one in value.items()} or {"zz": "oracle"}
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, list):
        return value + value[-1:] if value else ["zz-oracle"]
    return random.choice(["zz-oracle", "5", "10.9.8.7"]) if not value else "zz-oracle"


def misspelled(key, random):
    index = random.randrange(len(key))
    return random.choice([
        key[:index] + key[index + 1:], key[:index] + key[index] * 2 + key[index + 1:], key + "s", key.lower(),
        key[:index] + key[index + 1:index + 2] + key[index] + key[index + 2:],
        re.sub(r"(?<=[a-z])([A-Z])", lambda m: "_" + m[1].lower(), key)]) or key + "x"


def unknown(version, others, random, count):
    """Keys that the chart does not have, each with a value that something would read."""
    values, found = version.values, {}
    own = leaves(values)
    blocks = [()] + [path for path, value in facts.nodes(values) if isinstance(value, dict) and path[0] != "global"]
    # Keys of other versions and charts are few, so they come first.
    for path, value in others:
        found[path] = changed(value, random)
    for _ in range(max(4 * count, 2000)):
        path, value = random.choice(own)
        at = random.randrange(len(path))
        way = random.random()
        if way < 0.6:
            new = path[:at] + (misspelled(path[at], random),) + path[at + 1:]
        elif way < 0.8:
            new = path[:at] + path[at + 1:]
        else:
            new = random.choice(blocks) + path[-1:]
        if new:
            found.setdefault(new, changed(value, random))
    probes = [(path, value) for path, value in found.items() if not has(values, path) and path[0] != "global"]
    # A key under a scalar is a different mistake.
    probes = [probe for probe in probes if below_a_block(values, probe[0])]
    random.shuffle(probes)
    return probes[:count] if count else probes


def has(values, path):
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True


def below_a_block(values, path):
    for key in path[:-1]:
        if key not in values:
            return True
        values = values[key]
        if not isinstance(values, dict):
            return False
    return True


def wrong_types(version, random, count):
    probes = [(path, shape) for path, value in facts.nodes(version.values) if path[0] != "global"
              for shape in facts.TRIED[facts.kind(value)]]
    random.shuffle(probes)
    return probes[:count] if count else probes


def ask(version, others, random, count, details):
    """The figures of one chart version."""
    row = collections.Counter()

    def tell(kind, path, value, said, context=None):
        row[kind] += 1
        line = {"kind": kind, "chart": version.name, "version": version.version, "path": ".".join(path), "value": value,
                "said": said, "with": context}
        details.write(json.dumps(line) + "\n")
        details.flush()

    own = [(path, changed(value, random)) for path, value in leaves(version.values)]
    random.shuffle(own)
    own = own[:count] if count else own
    strange = unknown(version, others, random, count)
    for name, probes in (("changed", own), ("unknown", strange)):
        row[name] = len(probes)
        alone = lint_new(version, [({}, facts.nest(*probe)) for probe in probes])
        # Values without a finding are only tested for misses.
        asked = [index for index, said in enumerate(alone) if name == "unknown" or claim(said, probes[index][0])]
        effects = version.with_effect([probes[index] for index in asked])
        with_context = lint_new(version, [(effects.get(at, {}), facts.nest(*probes[index]))
                                          for at, index in enumerate(asked)])
        for at, index in enumerate(asked):
            path, value = probes[index]
            said = claim(with_context[at], path)
            if said == "no effect":
                row[f"{name}: no effect"] += 1
                if at in effects:
                    tell("contradicted: has an effect", path, value, with_context[at], effects[at])
            elif said == "fails":
                row["fails"] += 1
                context = effects.get(at, {})
                if version.chart.render(facts.merge(context, facts.nest(path, value))) is not None:
                    tell("contradicted: renders", path, value, with_context[at], context)
            elif name == "unknown" and at not in effects and not with_context[at]:
                tell("missed: no effect", path, value, [])
    types = wrong_types(version, random, count)
    row["types"] = len(types)
    said_of = lint_new(version, [({}, facts.nest(path, facts.SHAPES[shape])) for path, shape in types])
    for (path, shape), said in zip(types, said_of):
        value = facts.SHAPES[shape]
        fails = version.failing(path, value)
        if fails:
            row[f"types: {fails}"] += 1
            if not said:
                tell(f"missed: fails {fails}", path, value, [])
        if claim(said, path) == "fails":
            row["fails"] += 1
            if fails != "alone":
                tell("contradicted: renders", path, value, said)
        elif claim(said, path) == "no effect" and version.with_effect([(path, value)]):
            # Replacing a value has its own effect; the claim is about the keys under it.
            row["types: no effect"] += 1
    return row


def claim(said, path):
    """The combined claim of the findings about a path. Findings about keys under it do not concern its own effect."""
    below = "`" + ".".join(path) + "."
    texts = [message for _, _, message in said if "API server" not in message and not message.startswith(below)]
    if any(FAILS.search(text) for text in texts):
        return "fails"
    return "no effect" if any(NO_EFFECT.search(text) for text in texts) else None


def versions(charts, wanted, random):
    """The chart versions to test, each with the keys of other versions and charts."""
    with open(facts.NEUTRAL + "/releases.jsonl") as lines:
        releases = [json.loads(line) for line in lines]
    stored = facts.archives(charts)

    def archive(name, version):
        return facts.git(charts, "cat-file", "blob", stored[f"{name}-{version}.tgz"])

    def shipping(name, version):
        return [one["release"] for one in releases if one["charts"].get(name) == version]

    def chart(name, version):
        """A chart as rendered for the newest minor that ships it."""
        minor = max(int(release.split(".")[1]) for release in shipping(name, version))
        return facts.Chart(name, archive(name, version), minor)

    chosen = []
    for one in wanted:
        name, _, version = one.partition("=")
        with open(f"{facts.NEUTRAL}/charts/{name}.jsonl") as lines:
            known = json.loads(lines.readline())["versions"]
        chosen += [(name, version)] if version else [(name, known[-1]), (name, random.choice(known[:-1]))]
    newest = {}
    for name in CONFIGS:
        with open(f"{facts.NEUTRAL}/charts/{name}.jsonl") as lines:
            known = json.loads(lines.readline())["versions"]
        newest[name] = (known[0], known[-1])
    own = {}
    for name, pair in newest.items():
        own[name] = {version: chart(name, version).values for version in pair}
    for name, version in chosen:
        others = [leaf for values in own[name].values() for leaf in leaves(values)]
        for other, by_version in own.items():
            if other != name:
                others += random.sample(leaves(by_version[newest[other][1]]), 10)
        yield Version(name, version, shipping(name, version)[-1], chart(name, version)), others


COLUMNS = [
    ("changed", "leaves"), ("changed: no effect", "“no effect” said"), ("unknown", "unknown keys"),
    ("unknown: no effect", "“no effect” said"), ("contradicted: has an effect", "has an effect"),
    ("missed: no effect", "no effect, silent"), ("fails", "“fails” said"), ("contradicted: renders", "renders"),
    ("types", "wrong types"), ("types: alone", "fail alone"), ("missed: fails alone", "silent"),
    ("types: more", "fail with more on"), ("missed: fails more", "silent"),
]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--details", default=os.devnull)
    parser.add_argument("names", nargs="*")
    parser.add_argument("charts")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    print("| chart | " + " | ".join(title for _, title in COLUMNS) + " |")
    print("|---|" + "---:|" * len(COLUMNS))
    total = collections.Counter()

    def show(name, row):
        print(f"| {name} | " + " | ".join(str(row[key]) for key, _ in COLUMNS) + " |", flush=True)

    with open(arguments.details, "a") as details:
        for version, others in versions(arguments.charts, arguments.names or list(CONFIGS), chance):
            row = ask(version, others, chance, arguments.sample, details)
            show(f"{version.name} {version.version}", row)
            total += row
    show("all", total)
    contradicted = total["contradicted: has an effect"] + total["contradicted: renders"]
    fails = total["types: alone"] + total["types: more"]
    missed = total["missed: fails alone"] + total["missed: fails more"]
    claims = total["changed: no effect"] + total["unknown: no effect"] + total["fails"]
    print(f"\n{contradicted} of {claims} claims contradicted; "
          f"{missed} of {fails} wrong types with which Helm fails not reported ({missed / max(fails, 1):.1%})")
    sys.exit(bool(contradicted or missed > MOST_MISSED * fails))


if __name__ == "__main__":
    main()
