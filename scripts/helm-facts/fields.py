"""Measures with Helm to which fields of Kubernetes objects a chart copies its values.

usage: fields.py CHARTS CHART OUT [VERSION...]

CHARTS is a bare clone of rancher/rke2-charts (branch main); CHART is a name such as rke2-traefik. The versions that are
named are measured, or all. OUT gets one JSON line per measured version; fields_table.py makes
catalog/components/chart-fields.txt of several such files.

A marker is set at each path of values.yaml, and the rendered objects are searched for it. Only fields with a type or a
fixed set of values in the API are kept. A map of strings counts only if a boolean is rendered as a boolean; if the
template quotes it, the API server accepts it.
"""
import json
import sys
import time

import yaml

import facts

MARK = "zz-oracle"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The last keys of a field, the kinds of objects it is in ("*": any), and its name in the table.
ENUMS = [
    (("spec", "type"), "Service", "service-type"),
    (("spec", "externalTrafficPolicy"), "Service", "traffic-policy"),
    (("spec", "internalTrafficPolicy"), "Service", "traffic-policy"),
    (("spec", "ipFamilyPolicy"), "Service", "ip-family-policy"),
    (("spec", "sessionAffinity"), "Service", "session-affinity"),
    (("imagePullPolicy",), "*", "pull-policy"),
    (("template", "spec", "dnsPolicy"), "*", "dns-policy"),
    (("spec", "updateStrategy", "type"), "DaemonSet", "daemonset-strategy"),
    (("spec", "strategy", "type"), "Deployment", "deployment-strategy"),
]
INTEGERS = {
    "replicas", "minReadySeconds", "revisionHistoryLimit", "terminationGracePeriodSeconds", "containerPort", "hostPort",
    "nodePort", "minReplicas", "maxReplicas", "initialDelaySeconds", "periodSeconds", "timeoutSeconds",
    "failureThreshold", "successThreshold", "progressDeadlineSeconds", "runAsUser", "runAsGroup", "fsGroup",
}
TEXTS = {"annotations", "labels", "nodeSelector"}
WORKLOADS = {"Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob", "Pod"}


def places(node, wanted, path=()):
    """The places of a value in an object."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, wanted, path + (str(key),))
    elif isinstance(node, list):
        for value in node:
            yield from places(value, wanted, path + ("*",))
    if type(node) is type(wanted) and node == wanted:
        yield path


def objects(text):
    for name, part in json.loads(text).items():
        if name.endswith("NOTES.txt"):
            continue
        for one in yaml.load_all(part, Loader=LOADER):
            if isinstance(one, dict) and isinstance(one.get("kind"), str):
                yield one


class Prober:
    def __init__(self, chart):
        self.chart = chart

    def fields(self, path, value, wanted):
        """Kind and path of every place to which a value is copied, with the switches of its parents enabled and all other
        values at their defaults."""
        text = self.chart.render(facts.merge(self.chart.around(path), facts.nest(path, value)))
        if text is None or MARK not in text:
            return set()
        try:
            return {(one["kind"], place) for one in objects(text) for place in places(one, wanted)}
        except yaml.YAMLError:
            return set()

    def workload(self, path):
        """The workload field that a path sets, if any: an unknown kind of workload renders no workload at all."""
        def count(kind):
            text = self.chart.render(facts.merge(self.chart.around(path), facts.nest(path, kind)))
            return sum(one["kind"] in WORKLOADS - {"Job", "Pod"} for one in objects(text)) if text else None
        if count(MARK) != 0:
            return None
        kinds = [kind for kind in ("Deployment", "DaemonSet", "StatefulSet", "Both") if count(kind)]
        return {("Deployment", "DaemonSet"): "workload",
                ("Deployment", "DaemonSet", "Both"): "workload-or-both"}.get(tuple(kinds))

    def scalar(self, path):
        found = self.fields(path, MARK, MARK)
        names = {next((name for last, kind, name in ENUMS
                       if place[-len(last):] == last and kind in ("*", where)), None) for where, place in found}
        if len(names) == 1 and None not in names:
            return names.pop()
        if found and all(place[-1] in INTEGERS and where != "ServiceMonitor" for where, place in found):
            return "integer"
        return None

    def mapping(self, path):
        found = self.fields(path, {MARK: True}, True)
        keyed = {place for _, place in found if place[-1] == MARK}
        if keyed and all(len(place) > 1 and place[-2] in TEXTS for place in keyed):
            # One place that rejects it is enough, but all places must be of this kind and none may quote the value.
            return "texts"
        found = self.fields(path, {"limits": {"memory": MARK}}, MARK)
        if found and all(place[-3:] == ("resources", "limits", "memory") for _, place in found):
            return "resources"
        found = self.fields(path, {"type": MARK}, MARK)
        for last, kind, name in ENUMS:
            if found and name.endswith("strategy") and all(
                    where == kind and place[-len(last):] == last for where, place in found):
                return name + "-map"
        return None

    def listing(self, path):
        found = self.fields(path, [{"key": MARK, "operator": MARK}], MARK)
        if found and all("tolerations" in place[-3:] for _, place in found):
            return "tolerations"
        found = self.fields(path, [{"name": MARK, "value": 7}], 7)
        if any(place[-3:] == ("env", "*", "value") for _, place in found):
            return "env"
        return None


def measure(chart):
    prober, out = Prober(chart), {}
    for path, value in facts.nodes(chart.values):
        if path[0] == "global":
            continue
        if any("." in key for key in path):
            continue
        last = path[-1].lower()
        name = prober.workload(path) if path[-1] == "kind" and value in WORKLOADS else None
        by_name = "toleration" in last or last.endswith(("env", "envs", "envvars"))
        if name is None and isinstance(value, (dict, type(None))):
            name = prober.mapping(path)
        if name is None and (isinstance(value, (list, type(None))) or by_name):
            name = prober.listing(path)
        if name is None and not isinstance(value, (dict, list)):
            name = prober.scalar(path)
        if name:
            out[".".join(path)] = name
    return out


def main():
    charts, name, out = sys.argv[1:4]
    only = set(sys.argv[4:])
    for _, minor, version, versions, archive in facts.groups(charts, name):
        if only and not only & set(versions):
            continue
        start = time.time()
        found = measure(facts.Chart(name, archive, minor))
        with open(out, "a") as lines:
            lines.write(json.dumps({"chart": name, "version": version, "fields": found}) + "\n")
        print(name, version, f"{len(found)} fields, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
