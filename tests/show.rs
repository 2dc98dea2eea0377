//! Tests `rke2-lint show` (what RKE2 will use) and `rke2-lint init` (initial settings) with the built program.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;

use common::{WRONG, said, tree};
use serde_json::{Value, json};

const CILIUM: &str = "apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    hubble:
      enabled: true
      relay:
        enabled: {{ relay }}
    authentication:
      password: secret
";

/// A server with a drop-in, an agent, and values for its network plugin.
fn cluster() -> tempfile::TempDir {
    tree(&[
        (
            "server/etc/rancher/rke2/config.yaml",
            "token: secret\ncni: cilium\ntls-san: [a.example.com]\ndisable: rke2-metrics-server\nnode-label: [x=y]\n",
        ),
        (
            "server/etc/rancher/rke2/config.yaml.d/10-site.yaml",
            "tls-san+: [b.example.com]\nnode-label: [x=z]\ncluster-init: true\n",
        ),
        (
            "server/var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml",
            &CILIUM.replace("{{ relay }}", "true"),
        ),
        (
            "server/var/lib/rancher/rke2/server/manifests/app.yaml",
            "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata:\n  name: app\n  namespace: kube-system\nspec:\n  chart: \
             app\n  repo: https://charts.example.com\n  version: 1.0.0\n  set:\n    image.tag: v1\n",
        ),
    ])
}

/// The single cluster that is shown.
fn view(folder: &tempfile::TempDir, arguments: &[&str]) -> Value {
    let (code, out, err) = said(folder.path(), &[&["show", "--format", "json"], arguments].concat());
    assert_eq!(code, 0, "{err}");
    let views: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(views.len(), 1, "{out}");
    views.into_iter().next().unwrap()
}

fn named<'v>(list: &'v Value, key: &str, name: &str) -> &'v Value {
    let found = list.as_array().unwrap().iter().find(|item| item[key] == name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))
}

fn at(path: &str, line: usize) -> Value {
    json!({"kind": "file", "path": path, "line": line})
}

#[test]
fn every_setting_has_its_value_and_origin() {
    let folder = cluster();
    let view = view(&folder, &["--rke2-version", "v1.34.2+rke2r1"]);
    assert_eq!(view["release"], "v1.34.2+rke2r1");
    let (main, drop_in) =
        ("server/etc/rancher/rke2/config.yaml", "server/etc/rancher/rke2/config.yaml.d/10-site.yaml");
    let node = &view["nodes"][0];
    assert_eq!(
        (&node["role"], &node["files"], &node["complete"]),
        (&json!("server"), &json!([main, drop_in]), &json!(true))
    );
    let setting = |key: &str| named(&node["settings"], "key", key);
    assert_eq!(setting("cni")["value"], json!(["cilium"]));
    assert_eq!(setting("cni")["origins"], json!([at(main, 2)]));
    assert_eq!(setting("tls-san")["value"], json!(["a.example.com", "b.example.com"]));
    assert_eq!(setting("tls-san")["origins"], json!([at(main, 3), at(drop_in, 1)]));
    assert_eq!(setting("node-label")["value"], json!(["x=z"]));
    assert_eq!(setting("node-label")["overridden"], json!([at(main, 5)]));
    assert_eq!(setting("cluster-init")["ignored"], "a K3s option");
    assert_eq!(setting("token")["value"], "(hidden)");
    let default = named(&node["defaults"], "key", "service-cidr");
    assert_eq!(
        (&default["value"], &default["origins"]),
        (&json!("10.43.0.0/16"), &json!([{"kind": "default"}]))
    );
    assert!(node["defaults"].as_array().unwrap().iter().all(|default| default["key"] != "cni"));
}

#[test]
fn charts_are_deployed_disabled_or_not_selected() {
    let folder = cluster();
    let view = view(&folder, &["--rke2-version", "v1.34.2+rke2r1"]);
    let main = "server/etc/rancher/rke2/config.yaml";
    let chart = |name: &str| named(&view["charts"], "name", name);
    for (name, state, decided) in [
        ("rke2-cilium", "deployed", json!({"key": "cni", "origin": at(main, 2)})),
        ("rke2-canal", "not-selected", json!({"key": "cni", "origin": at(main, 2)})),
        ("rke2-multus", "not-selected", json!({"key": "cni", "origin": at(main, 2)})),
        ("rke2-metrics-server", "disabled", json!({"key": "disable", "origin": at(main, 4)})),
        ("rke2-coredns", "deployed", Value::Null),
        (
            "rke2-ingress-nginx",
            "deployed",
            json!({"key": "ingress-controller", "origin": {"kind": "default"}}),
        ),
        (
            "rke2-traefik-crd",
            "not-selected",
            json!({"key": "ingress-controller", "origin": {"kind": "default"}}),
        ),
        (
            "harvester-csi-driver",
            "not-selected",
            json!({"key": "cloud-provider-name", "origin": {"kind": "default"}}),
        ),
        ("app", "deployed", Value::Null),
    ] {
        assert_eq!(
            (chart(name)["state"].as_str(), &chart(name)["decided_by"]),
            (Some(state), &decided),
            "{name}"
        );
    }
    let manifests = "server/var/lib/rancher/rke2/server/manifests";
    let config = format!("{manifests}/rke2-cilium-config.yaml");
    assert_eq!(
        chart("rke2-cilium")["sources"][0]["values"],
        json!([
            {"path": ["hubble", "enabled"], "value": true, "known": true, "origin": at(&config, 9)},
            {"path": ["hubble", "relay", "enabled"], "value": true, "known": true, "origin": at(&config, 11)},
            {
                "path": ["authentication", "password"], "value": "(hidden)", "known": true, "origin": at(&config, 13),
                "ignored": "not a value of the chart",
            },
        ])
    );
    let app = &chart("app");
    assert_eq!((&app["packaged"], &app["sources"][0]["kind"]), (&json!(false), &json!("HelmChart")));
    assert_eq!(app["sources"][0]["values"][0]["path"], json!(["image", "tag"]));
    let addon = named(&view["addons"], "name", "app");
    assert_eq!((&addon["objects"], &addon["certain"]), (&json!(["HelmChart/app"]), &json!(true)));
}

#[test]
fn what_cannot_be_seen_is_not_known() {
    let folder = tree(&[
        ("rke2/config.yaml", "cni: \"{{ plugin }}\"\ntls-san: [a]\nserver: https://x:9345\ntoken: y\n"),
        ("rke2/manifests/rke2-cilium-config.yaml", &CILIUM.replace("{{ relay }}", "\"{{ relay }}\"")),
    ]);
    let view = view(&folder, &[]);
    assert_eq!(view["release"], Value::Null);
    let node = &view["nodes"][0];
    assert_eq!((&node["complete"], &node["defaults"]), (&json!(false), &json!([])));
    assert_eq!(named(&node["settings"], "key", "cni")["known"], false);
    for chart in view["charts"].as_array().unwrap() {
        assert_eq!(chart["state"], "unknown", "{chart}");
    }
    let values = &named(&view["charts"], "name", "rke2-cilium")["sources"][0]["values"];
    assert!(values.as_array().unwrap().iter().any(|value| value["known"] == false), "{values}");
}

const USER_DATA: &str = "#cloud-config
write_files:
  - path: /etc/rancher/rke2/config.yaml
    content: |
      cni: canal
      tls-san: [a.example.com]
  - path: /etc/rancher/rke2/registries.yaml
    content: |
      mirrors:
        docker.io:
          endpoint: [https://registry.example.com]
          rewrit: {a: b}
      configs:
        registry.example.com:
          auth: {username: user, password: secret}
      auths: {}
";

#[test]
fn what_is_written_inside_another_file_has_the_lines_of_that_file() {
    let folder = tree(&[("user-data.yaml", USER_DATA)]);
    let view = view(&folder, &["--rke2-version", "v1.34.2+rke2r1"]);
    let node = &view["nodes"][0];
    assert_eq!(named(&node["settings"], "key", "tls-san")["origins"], json!([at("user-data.yaml", 6)]));
    assert_eq!(named(&view["selected"], "name", "cni")["origin"], at("user-data.yaml", 5));
    let registries = &view["registries"][0];
    assert_eq!(registries["readable"], true);
    let value = |path: &[&str]| {
        let values = registries["values"].as_array().unwrap();
        values.iter().find(|value| value["path"] == json!(path)).unwrap_or_else(|| panic!("{path:?}"))
    };
    let endpoint = value(&["mirrors", "docker.io", "endpoint"]);
    assert_eq!(endpoint["value"], json!(["https://registry.example.com"]));
    assert_eq!((&endpoint["origin"], &endpoint["ignored"]), (&at("user-data.yaml", 11), &Value::Null));
    assert_eq!(value(&["mirrors", "docker.io", "rewrit", "a"])["ignored"], "unknown key");
    assert_eq!(value(&["configs", "registry.example.com", "auth", "username"])["value"], "user");
    assert_eq!(value(&["configs", "registry.example.com", "auth", "password"])["value"], "(hidden)");
    assert_eq!(value(&["auths"])["ignored"], "RKE2 never uses `auths`");
}

#[test]
fn encoded_files_have_no_line_of_their_own() {
    let config = "Y25pOiBjYW5hbAo=";
    let text = format!(
        "#cloud-config\nwrite_files:\n  - path: /etc/rancher/rke2/config.yaml\n    encoding: b64\n    content: {config}\n"
    );
    let folder = tree(&[("user-data.yaml", &text)]);
    let view = view(&folder, &[]);
    // The place of everything in an encoded value is the value itself.
    assert_eq!(named(&view["selected"], "name", "cni")["origin"], at("user-data.yaml", 5));
}

#[test]
fn facts_about_nodes_come_from_settings_and_files() {
    let folder = tree(&[
        ("rke2/config.yaml", "cni: canal\ntls-san: [a]\nnode-label: [a=b]\n"),
        ("node.yaml", "kernel: 6.1.0-amd64\nsysctl: {vm.panic_on_oom: \"0\"}\n"),
        (
            ".rke2-lint.yaml",
            "clusters:\n  - name: lab\n    paths: [rke2/**, gone/**]\n    host: {kernel: 5.10.0-amd64}\n",
        ),
    ]);
    let (code, out, err) = said(folder.path(), &["show", "--format", "json", "--host", "node.yaml"]);
    // Settings that match nothing are reported.
    assert_eq!(
        (code, err.as_str()),
        (2, "error: .rke2-lint.yaml: cluster `lab`: pattern `gone/**` matches no file\n")
    );
    let views: Vec<Value> = serde_json::from_str(&out).unwrap();
    let facts: Vec<&Value> = views[0]["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|host| host["facts"].as_array().unwrap())
        .collect();
    let of =
        |value: &str| facts.iter().find(|fact| fact["value"] == value).unwrap_or_else(|| panic!("{facts:?}"));
    assert_eq!(of("6.1.0-amd64")["origin"], at("node.yaml", 1));
    assert_eq!(of("5.10.0-amd64")["origin"], at(".rke2-lint.yaml", 4));
    assert_eq!(of("0")["path"], json!(["sysctl", "vm.panic_on_oom"]));
}

#[test]
fn objects_and_values_that_reach_nothing_say_why() {
    let folder = tree(&[
        ("rke2/config.yaml", "cni: cilium\ntls-san: [a]\nnode-label: [a=b]\n"),
        (
            "rke2/manifests/rke2-cilium-config.yaml",
            "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n  namespace: default\nspec:\n  \
             valuesContent: |-\n    hubble:\n      enabeld: true\n      enabled: true\n",
        ),
    ]);
    let view = view(&folder, &["--rke2-version", "v1.34.2+rke2r1"]);
    let source = &named(&view["charts"], "name", "rke2-cilium")["sources"][0];
    assert_eq!(source["ignored"], "the chart is in kube-system");
    let values = source["values"].as_array().unwrap();
    let ignored: Vec<(&Value, &Value)> =
        values.iter().map(|value| (&value["path"], &value["ignored"])).collect();
    assert_eq!(
        ignored,
        [
            (&json!(["hubble", "enabeld"]), &json!("not a value of the chart")),
            (&json!(["hubble", "enabled"]), &Value::Null)
        ]
    );
}

#[test]
fn people_read_a_table() {
    let folder = cluster();
    let (code, out, err) = said(folder.path(), &["show", "--rke2-version", "v1.34.2+rke2r1"]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!("show", out);
    let (_, all, _) = said(folder.path(), &["show", "--all", "--rke2-version", "v1.34.2+rke2r1"]);
    assert!(all.contains("service-cidr") && all.contains("rke2-canal"), "{all}");
    assert!(!out.contains("service-cidr") && !out.contains("rke2-canal"), "{out}");
    let (code, out, err) = said(folder.path(), &["show", "nowhere"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("nowhere: no such file or folder"), "{err}");
}

#[test]
fn init_writes_settings_that_are_read() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    let (code, out, err) = said(folder.path(), &["init", "--baseline", "--rke2-version", "v1.34.2+rke2r1"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert_eq!(
        err,
        "wrote .rke2-lint-baseline.json: 1 finding\nwrote .rke2-lint.yaml for release v1.34.2+rke2r1\n"
    );
    let (code, out, err) = said(folder.path(), &["check"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("v1.34.2+rke2r1") && err.contains("1 finding suppressed"), "{err}");
    let before = fs::read_to_string(folder.path().join(".rke2-lint.yaml")).unwrap();
    let (code, _, err) = said(folder.path(), &["init"]);
    assert!(code == 2 && err.contains(".rke2-lint.yaml exists already"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join(".rke2-lint.yaml")).unwrap(), before);
}

#[test]
fn init_without_a_release_says_so() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    let (code, _, err) = said(folder.path(), &["init"]);
    assert_eq!(code, 0);
    assert!(err.contains("the files name no single release"), "{err}");
    assert_eq!(said(folder.path(), &["check", "--fail-on", "never"]).0, 0);
}

#[test]
fn a_configuration_inside_another_file_is_named_by_that_file() {
    let template = "token: {{ token }}\n{% if joins %}\nserver: https://rke2.example.com:9345\n{% endif %}\ntls-san: [a.example.com]\n";
    let folder = tree(&[("templates/config.yaml.j2", template)]);
    let (code, out, err) = said(folder.path(), &["show"]);
    assert_eq!(code, 0, "{err}");
    for number in [1, 2] {
        let place = format!("in /etc/rancher/rke2/config.yaml, combination {number} of 2 of its branches");
        assert!(out.contains(&format!("\nnode templates/config.yaml.j2, {place} (")), "{out}");
        let (_, _, err) = said(folder.path(), &["check", "-v"]);
        assert!(err.contains(&format!("  templates/config.yaml.j2  {place}\n")), "{err}");
    }
    let variables =
        "rke2_cni: [cilium]\nrke2_disable: [rke2-metrics-server]\nrke2_server_options: [\"debug: true\"]\n";
    let ansible = tree(&[("group_vars/all.yml", variables)]);
    let (_, out, _) = said(ansible.path(), &["show"]);
    let place = "in config.yaml, written by rke2_cni, rke2_disable and others";
    assert!(out.contains(&format!("\nnode group_vars/all.yml, {place} (server)")), "{out}");
    let (_, out, _) = said(folder.path(), &["show", "--format", "json"]);
    let views: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(views.len(), 2, "{out}");
    for view in &views {
        assert_eq!(view["name"], "templates/config.yaml.j2");
        assert_eq!(view["files"], json!(["templates/config.yaml.j2"]));
        assert_eq!(view["nodes"][0]["files"], json!(["templates/config.yaml.j2"]));
    }
}
