//! The language server from the point of view of an editor.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "../common/mod.rs"]
mod common;
mod editor;
mod keystrokes;

use std::thread;

use common::WRONG;
use editor::{Editor, accepted, applied, labels};
use lsp_server::{Connection, Message, Notification, Request};
use lsp_types::{DiagnosticSeverity, NumberOrString};
use rke2_lint::server::ServerError;
use serde_json::{Value, json};

const CILIUM: &str = "manifests/rke2-cilium-config.yaml";

/// A HelmChartConfig with these values.
fn cilium(values: &str) -> String {
    format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n  \
         namespace: kube-system\nspec:\n  valuesContent: |-\n{values}"
    )
}

#[test]
fn findings_are_published_and_gone_when_they_are_mended() {
    let mut editor = Editor::open(&[(CILIUM, WRONG)]);
    let found = editor.until(CILIUM, |found| !found.is_empty());
    assert_eq!(found[0].severity, Some(DiagnosticSeverity::ERROR));
    assert_eq!(found[0].code, Some(NumberOrString::String("helm-chart-config/wrong-namespace".to_owned())));
    assert!(found[0].code_description.as_ref().unwrap().href.as_str().ends_with("wrong-namespace.md"));
    assert_eq!((found[0].range.start.line, found[0].range.start.character), (4, 13));
    editor.set(CILIUM, &WRONG.replace("default", "kube-system"));
    assert_eq!(editor.checked(CILIUM), []);
    // The unsaved text is discarded, and the file on disk is still wrong.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": editor.uri(CILIUM) } }));
    editor.until(CILIUM, |found| !found.is_empty());
}

#[test]
fn an_invalid_notification_does_not_end_the_session() {
    let mut editor = Editor::open(&[(CILIUM, WRONG)]);
    for method in [
        "textDocument/didOpen",
        "textDocument/didChange",
        "$/cancelRequest",
        "workspace/didChangeConfiguration",
    ] {
        editor.tell(method, json!({}));
    }
    editor.until(CILIUM, |found| !found.is_empty());
    editor.set(CILIUM, &WRONG.replace("default", "kube-system"));
    assert_eq!(editor.checked(CILIUM), []);
}

#[test]
fn folders_are_opened_and_closed() {
    let config = "cni: cilium\ntls-sans: [a]\n";
    let (one, two) = ("one/etc/rancher/rke2/config.yaml", "two/etc/rancher/rke2/config.yaml");
    let mut editor = Editor::open(&[(one, config), (two, config)]);
    let supported = &editor.capabilities["workspace"]["workspaceFolders"];
    assert_eq!((&supported["supported"], &supported["changeNotifications"]), (&json!(true), &json!(true)));
    editor.until(one, |found| !found.is_empty());
    editor.until(two, |found| !found.is_empty());
    let folder = |path: &str| json!({ "uri": editor.uri(path), "name": path });
    let root = json!({ "uri": editor.uri("").to_string().trim_end_matches('/'), "name": "root" });
    let (first, second) = (folder("one"), folder("two"));
    let change =
        |added: &[&Value], removed: &[&Value]| json!({ "event": { "added": added, "removed": removed } });
    editor.tell("workspace/didChangeWorkspaceFolders", change(&[], &[&root]));
    editor.until(one, <[_]>::is_empty);
    editor.until(two, <[_]>::is_empty);
    // A file that is open is checked even so, and only once after its folder was added.
    editor.set(one, config);
    assert_eq!(editor.checked(one).len(), 1);
    editor.tell("workspace/didChangeWorkspaceFolders", change(&[&first, &second], &[]));
    editor.until(one, <[_]>::is_empty);
    editor.until(two, |found| !found.is_empty());
    editor.set(one, &config.replace("tls-sans", "tls-san"));
    assert_eq!(editor.checked(one), []);
}

#[test]
fn pulls_for_documents_of_closed_folders_are_answered() {
    let mut editor = Editor::that_pulls(&[(CILIUM, WRONG)]);
    let root = json!({ "uri": editor.uri("").to_string().trim_end_matches('/'), "name": "root" });
    editor.pull_and_close(CILIUM, &root);
}

#[test]
fn diagnostics_of_open_texts_are_answered_after_their_check() {
    let config = "cni: cilium\ntls-san: [a.example.net]\ndisable-kube-proxy: true\n";
    let mut editor = Editor::that_pulls(&[("config.yaml", config), (CILIUM, WRONG)]);
    assert_eq!(editor.capabilities["diagnosticProvider"]["interFileDependencies"], true);
    // Diagnostics of a closed file are published; once it is open, they are only pulled.
    assert!(!editor.until(CILIUM, |found| !found.is_empty()).is_empty());
    editor.set(CILIUM, WRONG);
    assert_eq!(editor.pull(CILIUM).len(), 1);
    assert_eq!(editor.until(CILIUM, <[_]>::is_empty), []);
    editor.set(CILIUM, &WRONG.replace("default", "kube-system"));
    assert_eq!(editor.pull(CILIUM), []);
    editor.set(CILIUM, WRONG);
    assert_eq!(editor.pull(CILIUM)[0].message.lines().count(), 2);
    // Another file affects the findings of this one.
    let replacing =
        "    kubeProxyReplacement: true\n    k8sServiceHost: 127.0.0.1\n    k8sServicePort: 6443\n";
    editor.set(CILIUM, &cilium(replacing));
    assert_eq!(editor.pull(CILIUM), []);
    editor.asked.clear();
    editor.set("config.yaml", &config.replace("disable-kube-proxy: true\n", ""));
    editor.pull("config.yaml");
    editor.until_asked("workspace/diagnostic/refresh");
    assert_eq!(editor.pull(CILIUM).len(), 1);
    assert_eq!(editor.published[CILIUM].1, []);
    assert_eq!(editor.pull("not/there.yaml"), []);
}

#[test]
fn the_first_load_is_shown() {
    let mut editor = Editor::that_pulls(&[(CILIUM, WRONG)]);
    editor.until(CILIUM, |found| !found.is_empty());
    editor.pull(CILIUM);
    assert!(editor.asked.iter().any(|request| request.method == "window/workDoneProgress/create"));
    // The check may be finished before the editor has agreed to show its progress.
    assert!(editor.progress.is_empty() || editor.progress == ["begin", "end"], "{:?}", editor.progress);
}

#[test]
fn only_the_baseline_of_the_settings_is_one() {
    let settings = "baseline: known.json\n";
    let empty = "{\"version\": 1, \"findings\": []}";
    let mut editor = Editor::open(&[
        (".rke2-lint.yaml", settings),
        ("known.json", empty),
        ("baseline/config.yaml", "token: secret\nnode-name: a\n"),
    ]);
    // A file of the tree, regardless of the names of its folder and itself.
    editor.write("baseline/config.yaml", "token: secret\ntls-sans: [a]\n");
    editor.until("baseline/config.yaml", |found| found.len() == 1);
    editor.write("known.json", "{\"version\": 9}");
    let found = editor.until(".rke2-lint.yaml", |found| !found.is_empty());
    assert!(found[0].message.contains("unsupported baseline version 9"), "{found:?}");
    editor.write("known.json", empty);
    editor.until(".rke2-lint.yaml", <[_]>::is_empty);
}

#[test]
fn a_mistyped_key_is_underlined_and_mended_by_one_action() {
    let mut editor = Editor::open(&[(CILIUM, &cilium("    hubble:\n      enabled: true\n"))]);
    let text = cilium("    hubbel:\n      enabled: true\n");
    editor.set(CILIUM, &text);
    let found = editor.checked(CILIUM);
    assert_eq!((found[0].range.start.line, found[0].range.start.character), (7, 4));
    assert_eq!(found[0].range.end.character, 10);
    let range = found[0].range;
    let params = json!({
        "textDocument": { "uri": editor.uri(CILIUM) },
        "range": range,
        "context": { "diagnostics": found }
    });
    let actions = editor.ask("textDocument/codeAction", params);
    let actions = actions.as_array().unwrap();
    let titles: Vec<&str> = actions.iter().map(|action| action["title"].as_str().unwrap()).collect();
    // A value that Helm ignores today would take effect.
    let fix =
        actions.iter().find(|action| action["title"].as_str().unwrap().starts_with("Change to `hubble`"));
    let fix = fix.unwrap_or_else(|| panic!("no fix among {titles:?}"));
    assert_eq!(fix["isPreferred"], false);
    assert_eq!(applied(&text, fix), cilium("    hubble:\n      enabled: true\n"));
    let in_file =
        actions.iter().find(|action| action["title"].as_str().unwrap().ends_with("in this file")).unwrap();
    let quiet = applied(&text, in_file);
    assert!(quiet.starts_with("# rke2-lint: ignore-file[helm-chart-config/unknown-value-key]"), "{quiet}");
    editor.set(CILIUM, &quiet);
    assert_eq!(editor.checked(CILIUM), []);
    assert!(titles.iter().any(|title| title.starts_with("Open the page of")), "{titles:?}");
    let page = actions.iter().find(|action| action["command"]["command"] == "rke2-lint.openPage").unwrap();
    let command = page["command"].clone();
    editor.ask(
        "workspace/executeCommand",
        json!({ "command": command["command"], "arguments": command["arguments"] }),
    );
    assert!(editor.asked.iter().any(|request| request.method == "window/showDocument"));
}

#[test]
fn an_ignore_comment_keeps_a_line_quiet() {
    let mut editor = Editor::open(&[("config.yaml", "token: secret\nserver: https://10.0.0.1:9345\n")]);
    let text = "token: secret\nserver: https://10.0.0.1:9345\ntls-sans: [a.example]\n";
    editor.set("config.yaml", text);
    let found = editor.checked("config.yaml");
    let params = json!({
        "textDocument": { "uri": editor.uri("config.yaml") },
        "range": found[0].range,
        "context": { "diagnostics": found, "only": ["quickfix"] }
    });
    let actions = editor.ask("textDocument/codeAction", params);
    let on_line = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action["title"].as_str().unwrap().ends_with("on this line"))
        .unwrap();
    let quiet = applied(text, on_line);
    assert!(
        quiet.contains("\n# rke2-lint: ignore[config/unknown-key] TODO: give the reason\ntls-sans"),
        "{quiet}"
    );
    editor.set("config.yaml", &quiet);
    assert_eq!(editor.checked("config.yaml"), []);
}

#[test]
fn safe_fixes_are_preferred_and_made_together() {
    let text = "token: secret # 😀\nwrite-kubeconfig-mode: 0640\ndebug: \"yes\"\n";
    let mut editor = Editor::open(&[("config.yaml", text)]);
    editor.set("config.yaml", text);
    let found = editor.checked("config.yaml");
    let mode = found.iter().find(|found| found.message.contains("0640")).unwrap();
    let params = json!({
        "textDocument": { "uri": editor.uri("config.yaml") },
        "range": mode.range,
        "context": { "diagnostics": [mode] }
    });
    let actions = editor.ask("textDocument/codeAction", params);
    let actions = actions.as_array().unwrap();
    let preferred = actions.iter().find(|action| action["isPreferred"] == true).unwrap();
    assert_eq!(applied(text, preferred), text.replace("0640", "\"0640\""));
    let all = actions.iter().find(|action| action["kind"] == "source.fixAll.rke2-lint").unwrap();
    assert_eq!(applied(text, all), text.replace("0640", "\"0640\"").replace("\"yes\"", "true"));
}

#[test]
fn related_places_of_other_files_are_named() {
    let values = |values: &str| cilium(&format!("    hubble: {{enabled: {values}}}\n"));
    let (first, second) = (values("true"), values("false"));
    let files = [("manifests/a.yaml", first.as_str()), ("manifests/b.yaml", second.as_str())];
    let mut editor = Editor::open(&files);
    let one = |found: &[lsp_types::Diagnostic]| !found.is_empty();
    let found = editor.until("manifests/b.yaml", one);
    let related = found.iter().filter_map(|found| found.related_information.as_ref()).flatten();
    let places: Vec<String> = related.map(|place| place.location.uri.as_str().to_owned()).collect();
    assert!(places.iter().any(|place| place.ends_with("/manifests/a.yaml")), "{found:?}");
}

#[test]
fn keys_of_chart_values_are_completed_with_the_indentation_of_the_block() {
    let mut editor = Editor::open(&[("config.yaml", "cni: cilium\n")]);
    let text = cilium("    hub^\n");
    let items = editor.complete(CILIUM, &text);
    assert_eq!(accepted(&text, &items, "hubble"), cilium("    hubble:\n      \n"));
    // Existing keys are not offered, nor are those that RKE2 sets itself.
    let text = cilium("    hubble:\n      enabled: true\n      ^\n      relay:\n        enabled: true\n");
    let items = editor.complete(CILIUM, &text);
    assert!(labels(&items).contains(&"ui") && labels(&items).contains(&"metrics"), "{:?}", labels(&items));
    assert!(!labels(&items).contains(&"enabled") && !labels(&items).contains(&"relay"));
    assert_eq!(
        accepted(&text, &items, "ui"),
        cilium(
            "    hubble:\n      enabled: true\n      ui:\n        \n      relay:\n        enabled: true\n"
        )
    );
    // If a colon follows, only the key is replaced.
    let text = cilium("    hub^:\n      enabled: true\n");
    let items = editor.complete(CILIUM, &text);
    assert_eq!(accepted(&text, &items, "hubble"), cilium("    hubble:\n      enabled: true\n"));
    let documentation = serde_json::to_string(&items).unwrap();
    assert!(documentation.contains("- type: "), "{documentation}");
}

#[test]
fn values_are_completed() {
    let mut editor = Editor::open(&[("config.yaml", "cni: cilium\n")]);
    let mut values = |path: &str, text: &str| -> Vec<String> {
        let items = editor.complete(path, text);
        items.into_iter().map(|item| item.label).collect()
    };
    let routing = values(CILIUM, &cilium("    routingMode: ^\n"));
    assert!(routing.contains(&"native".to_owned()) && routing.contains(&"tunnel".to_owned()), "{routing:?}");
    assert_eq!(values(CILIUM, &cilium("    hubble:\n      enabled: t^\n")), ["true", "false"]);
    let names = values(CILIUM, &cilium("").replace("rke2-cilium", "rke2-c^"));
    assert!(
        names.contains(&"rke2-canal".to_owned()) && names.contains(&"rke2-cilium".to_owned()),
        "{names:?}"
    );
    let cni = values("config.yaml", "cni: ^\n");
    assert!(
        ["calico", "canal", "cilium", "flannel", "none"].iter().all(|name| cni.contains(&(*name).to_owned()))
    );
    let cni = values("config.yaml", "cni:\n- multus\n- ^\n");
    assert!(cni.contains(&"cilium".to_owned()), "{cni:?}");
    let ingress = values("config.yaml", "ingress-controller: ^\n");
    assert!(ingress.contains(&"traefik".to_owned()), "{ingress:?}");
    let disable = values("config.yaml", "disable:\n  - rke2-^\n");
    assert!(disable.contains(&"rke2-ingress-nginx".to_owned()), "{disable:?}");
    assert!(disable.contains(&"rke2-metrics-server".to_owned()), "{disable:?}");
    assert!(values("config.yaml", "profile: ^\n").contains(&"cis".to_owned()));
    let arguments = values("config.yaml", "kube-apiserver-arg:\n  - audit^\n");
    assert!(arguments.contains(&"audit-log-maxage=".to_owned()), "{arguments:?}");
    let keys = values("config.yaml", "token: a\n^\n");
    assert!(keys.contains(&"tls-san".to_owned()) && !keys.contains(&"token".to_owned()), "{keys:?}");
    let keys = values("registries.yaml", "mirrors:\n  docker.io:\n    ^\n");
    assert_eq!(keys, ["endpoint", "rewrite"]);
    let keys = values("registries.yaml", "configs:\n  a.example:\n    tls:\n      insecure^\n");
    assert!(keys.contains(&"insecure_skip_verify".to_owned()));
    let keys = values(CILIUM, &cilium("").replace("  valuesContent: |-\n", "  values^\n"));
    assert!(keys.contains(&"valuesContent".to_owned()), "{keys:?}");
}

#[test]
fn every_input_form_is_completed() {
    let mut editor = Editor::open(&[]);
    let forms = [
        (
            "cluster.yaml",
            "apiVersion: provisioning.cattle.io/v1\nkind: Cluster\nmetadata:\n  name: a\nspec:\n  kubernetesVersion: \
             v1.34.2+rke2r1\n  rkeConfig:\n    chartValues:\n      rke2-cilium:\n        hub^\n",
            "hubble",
        ),
        (
            "rancher.yaml",
            "apiVersion: provisioning.cattle.io/v1\nkind: Cluster\nmetadata:\n  name: a\nspec:\n  kubernetesVersion: \
             v1.34.2+rke2r1\n  rkeConfig:\n    machineGlobalConfig:\n      cni: cilium\n      tls^\n",
            "tls-san",
        ),
        (
            "user-data",
            "#cloud-config\nwrite_files:\n  - path: /etc/rancher/rke2/config.yaml\n    content: |\n      token: a\n      \
             tls^\n",
            "tls-san",
        ),
        (
            "cloud-init.yaml",
            "#cloud-config\nwrite_files:\n  - path: /var/lib/rancher/rke2/server/manifests/cilium.yaml\n    content: |\n      \
             apiVersion: helm.cattle.io/v1\n      kind: HelmChartConfig\n      metadata:\n        name: rke2-cilium\n        \
             namespace: kube-system\n      spec:\n        valuesContent: |-\n          hub^\n",
            "hubble",
        ),
        ("install.sh", "cat > /etc/rancher/rke2/config.yaml <<EOF\ntoken: a\ntls^\nEOF\n", "tls-san"),
    ];
    for (path, text, label) in forms {
        let items = editor.complete(path, text);
        assert!(labels(&items).contains(&label), "{path}: {:?}", labels(&items));
        let after = accepted(text, &items, label);
        assert!(after.contains(&format!("{label}:")), "{path}: {after}");
    }
    let nested = forms[3].1;
    let items = editor.complete(forms[3].0, nested);
    assert!(accepted(nested, &items, "hubble").ends_with("\n          hubble:\n            \n"));
}

#[test]
fn completion_works_while_the_buffer_does_not_parse() {
    let mut editor = Editor::open(&[("config.yaml", "cni: cilium\n")]);
    let broken = cilium("    cni: [\n    \"x\n    hubble:\n      rel^\n\t- }\n");
    assert!(labels(&editor.complete(CILIUM, &broken)).contains(&"relay"));
    let broken = "token: \"a\ntls-san: [\n^\ncni: }\n";
    assert!(labels(&editor.complete("config.yaml", broken)).contains(&"node-label"));
}

#[test]
fn releases_decide_which_values_are_offered() {
    let mut editor =
        Editor::open(&[(".rke2-lint.yaml", "rke2-version: v1.29.4+rke2r1\n"), ("config.yaml", "token: a\n")]);
    // The release is known from the first report.
    editor.set("config.yaml", "token: secret\n");
    editor.checked("config.yaml");
    let old = editor.complete("config.yaml", "ingress^\n");
    assert!(!labels(&old).contains(&"ingress-controller"), "{:?}", labels(&old));
    editor.write(".rke2-lint.yaml", "rke2-version: v1.34.2+rke2r1\n");
    editor.set("config.yaml", "token: secret\n");
    editor.checked("config.yaml");
    let new = editor.complete("config.yaml", "ingress^\n");
    assert!(labels(&new).contains(&"ingress-controller"), "{:?}", labels(&new));
}

#[test]
fn mistakes_in_the_settings_are_diagnostics_and_their_keys_are_completed() {
    let mut editor =
        Editor::open(&[(".rke2-lint.yaml", "rke2-versoin: 1.34\n"), ("config.yaml", "token: a\n")]);
    let found = editor.until(".rke2-lint.yaml", |found| !found.is_empty());
    assert!(found[0].message.contains("rke2-versoin"), "{found:?}");
    editor.write(".rke2-lint.yaml", "rke2-version: 1.34\n");
    editor.until(".rke2-lint.yaml", <[_]>::is_empty);
    let items = editor.complete(".rke2-lint.yaml", "rke2-version: 1.34\n^\n");
    assert!(labels(&items).contains(&"exclude"), "{:?}", labels(&items));
    let items = editor.complete(".rke2-lint.yaml", "rules:\n  config/unk^\n");
    assert!(labels(&items).contains(&"config/unknown-key"));
    let items = editor.complete(".rke2-lint.yaml", "rke2-version: ^\n");
    assert!(labels(&items).contains(&"stable"));
}

#[test]
fn hover_tells_what_is_known_of_a_key() {
    let mut editor = Editor::open(&[("config.yaml", "cni: cilium\n")]);
    let told = editor.hover(CILIUM, &cilium("    hubble:\n      ena^bled: true\n")).unwrap();
    assert!(told.contains("`hubble.enabled` of rke2-cilium") && told.contains("- type: bool"), "{told}");
    assert!(told.contains("- default: `false`") && told.contains("- releases: v1."), "{told}");
    let told = editor.hover(CILIUM, &cilium("    routingMode: nat^ive\n")).unwrap();
    assert!(told.contains("`routingMode` of rke2-cilium"), "{told}");
    let told = editor.hover("config.yaml", "tls-s^an:\n  - a\n").unwrap();
    assert!(told.contains("- type: list"), "{told}");
    let registries = "configs:\n  a.example:\n    tls:\n      ca_^file: /etc/ssl/a.crt\n";
    let told = editor.hover("registries.yaml", registries).unwrap();
    assert!(told.starts_with("`configs.<host>.tls.ca_file` of registries.yaml"), "{told}");
    assert_eq!(editor.hover("config.yaml", "# a com^ment\n"), None);
    assert_eq!(editor.hover("notes.yaml", "some: th^ing\n"), None);
}

#[test]
fn columns_count_what_the_editor_asked_for() {
    let text = cilium("    \"äö😀\": 1\n    hubbel: {a: \"😀\", enabled: true}\n")
        .replace("  namespace: kube-system\n", "");
    let text = text.replace("metadata:\n", "metadata: # äö😀\n");
    let columns = |encodings: &[&str]| {
        let mut editor = Editor::with(&[(CILIUM, &text)], encodings, &Value::Null);
        let found = editor.until(CILIUM, |found| !found.is_empty());
        let chosen = editor.capabilities["positionEncoding"].as_str().unwrap().to_owned();
        let strange =
            found.iter().find(|found| found.message.contains("äö😀")).unwrap_or_else(|| panic!("{found:?}"));
        (chosen, strange.range.end.character - strange.range.start.character)
    };
    let (utf8, utf16) = (columns(&["utf-16", "utf-8"]), columns(&["utf-16"]));
    assert_eq!((utf8.0.as_str(), utf16.0.as_str()), ("utf-8", "utf-16"));
    assert_eq!((utf8.1, utf16.1), (2 + 8, 2 + 4));
}

#[test]
fn symbols_links_and_hints_are_those_of_the_file() {
    let files =
        [("config.yaml", "audit-policy-file: /etc/rancher/rke2/audit.yaml\n"), ("audit.yaml", "rules: []\n")];
    let mut editor = Editor::with(&files, &["utf-16"], &json!({ "inlayHints": true }));
    let text = cilium("    hubble:\n      enabled: true\n");
    editor.set(CILIUM, &text);
    let about = json!({ "textDocument": { "uri": editor.uri(CILIUM) } });
    let symbols = editor.ask("textDocument/documentSymbol", about);
    assert_eq!(symbols[0]["name"], "rke2-cilium");
    let words = symbols.to_string();
    assert!(words.contains("\"hubble\"") && words.contains("\"enabled\""), "{words}");
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": editor.uri(CILIUM) }, "range": whole });
    let hints = editor.ask("textDocument/inlayHint", params);
    assert_eq!(hints[0]["label"], "default: false");
    assert_eq!(hints[0]["position"]["line"], 8);
    editor.set("config.yaml", files[0].1);
    let about = json!({ "textDocument": { "uri": editor.uri("config.yaml") } });
    let links = editor.ask("textDocument/documentLink", about);
    assert!(links[0]["target"].as_str().unwrap().ends_with("/audit.yaml"), "{links}");
}

#[test]
fn hints_are_off_unless_they_are_asked_for() {
    let mut editor = Editor::open(&[]);
    editor.set(CILIUM, &cilium("    hubble:\n      enabled: false\n"));
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": editor.uri(CILIUM) }, "range": whole });
    assert_eq!(editor.ask("textDocument/inlayHint", params), Value::Null);
}

#[test]
fn requests_after_shutdown_are_rejected() {
    let (editor, server) = Connection::memory();
    let server = thread::spawn(move || rke2_lint::server::serve(&server));
    let request = |id: i32, method: &str| {
        let params = if method == "initialize" { json!({ "capabilities": {} }) } else { json!(null) };
        let request = Request { id: id.into(), method: method.to_owned(), params };
        editor.sender.send(Message::Request(request)).unwrap();
        loop {
            if let Message::Response(response) = editor.receiver.recv().unwrap() {
                return serde_json::to_value(response).unwrap();
            }
        }
    };
    let tell = |method: &str| {
        let told = Notification { method: method.to_owned(), params: json!({}) };
        editor.sender.send(Message::Notification(told)).unwrap();
    };
    request(1, "initialize");
    tell("initialized");
    assert_eq!(request(2, "shutdown")["result"], Value::Null);
    assert_eq!(request(3, "textDocument/hover")["error"]["code"], -32600);
    tell("exit");
    assert!(server.join().unwrap().is_ok());
}

#[test]
fn exiting_without_shutdown_is_an_error() {
    let (editor, server) = Connection::memory();
    let server = thread::spawn(move || rke2_lint::server::serve(&server));
    let params = json!({ "capabilities": {} });
    let request = Request { id: 1.into(), method: "initialize".to_owned(), params };
    editor.sender.send(Message::Request(request)).unwrap();
    for method in ["initialized", "exit"] {
        let told = Notification { method: method.to_owned(), params: json!({}) };
        editor.sender.send(Message::Notification(told)).unwrap();
    }
    assert!(matches!(server.join().unwrap(), Err(ServerError::NoShutdown)));
}
