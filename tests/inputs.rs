//! Configuration embedded in other files: each tree in `testdata/inputs` has exactly the findings that its `.expect`
//! lists, one per line (`path:line rule`), and good trees have none. `RKE2_LINT_UPDATE_INPUTS=1` rewrites the lists;
//! review them.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::{lint_fixture, root};
use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::finding::Report;
use rke2_lint::output::Format;
use rke2_lint::source::SourceFile;
use rke2_lint::unit;

/// Rules about the host file itself and the program that reads it.
const HOST_RULES: &[&str] =
    &["ansible/", "cluster-api/", "config/install-exec", "edge-image-builder/", "rancher/", "upgrade/"];

/// Trees whose configuration is in plain files, while the release or patches are elsewhere.
const PLAIN: &[&str] = &[
    "ansible/inventory-release",
    "edge-image-builder",
    "kustomize/kpt-setters",
    "kustomize/layers",
    "kustomize/one-overlay-keeps",
    "kustomize/other-target",
    "kustomize/replacement",
    "kustomize/strategic-file",
    "shell/release-beside",
];

/// Trees for programs that treat a byte order mark as part of the first word.
const NO_MARK: &[&str] = &[
    "cloud-init/agent-script",
    "cloud-init/archive",
    "cloud-init/lost-part",
    "cloud-init/merged-parts",
    "cloud-init/mime",
    "edge-image-builder/registries",
    "environment",
    "markdown",
    "template/cfg",
    "terraform",
];

/// The trees named `bad` or `good`, and further ones of the kind (`good-variable`), sorted.
fn trees(side: &str) -> Vec<PathBuf> {
    let mut trees = Vec::new();
    for form in fs::read_dir(root().join("testdata/inputs")).unwrap().flatten() {
        for name in fs::read_dir(form.path()).unwrap().flatten() {
            let sides = fs::read_dir(name.path()).unwrap().flatten().map(|tree| tree.path());
            trees.extend(sides.filter(|tree| is_of_side(tree, side)));
        }
    }
    trees.sort();
    trees
}

fn is_of_side(tree: &Path, side: &str) -> bool {
    let name = tree.file_name().unwrap().to_string_lossy();
    name.strip_prefix(side).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Each finding with its place, sorted.
fn found(report: &Report) -> String {
    let mut lines = BTreeSet::new();
    for finding in &report.findings {
        let file = report.sources.get(finding.primary.span.file);
        let line = file.position(finding.primary.span.start as usize).line;
        lines.insert(format!("{}:{line} {}", file.path(), finding.rule));
    }
    lines.into_iter().fold(String::new(), |all, line| all + &line + "\n")
}

#[test]
fn bad_trees_have_the_findings_that_they_list() {
    let mut wrong = String::new();
    let trees = trees("bad");
    assert!(trees.len() >= 30, "{}", trees.len());
    for tree in trees {
        let report = lint_fixture(&tree, None);
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        for finding in &report.findings {
            let of_host = HOST_RULES.iter().any(|category| finding.rule.as_str().starts_with(category));
            let is_plain =
                PLAIN.iter().any(|form| tree.starts_with(root().join("testdata/inputs").join(form)));
            assert!(
                finding.unit.is_some() || of_host || is_plain,
                "{}: {} is about no unit",
                tree.display(),
                finding.rule
            );
        }
        let (found, list) = (found(&report), tree.join(".expect"));
        if std::env::var_os("RKE2_LINT_UPDATE_INPUTS").is_some() {
            fs::write(&list, &found).unwrap();
        }
        let expected = fs::read_to_string(&list).unwrap_or_default();
        if found != expected || found.is_empty() {
            writeln!(wrong, "{}:\n{found}instead of\n{expected}", tree.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn good_trees_are_silent() {
    let mut loud = String::new();
    for tree in trees("good") {
        let found = found(&lint_fixture(&tree, None));
        if !found.is_empty() {
            writeln!(loud, "{}:\n{found}", tree.display()).unwrap();
        }
    }
    assert!(loud.is_empty(), "{loud}");
}

/// All spans of embedded units are within their file and on character boundaries, even if the file is truncated or
/// damaged anywhere.
#[test]
fn every_place_lies_in_its_file_whatever_is_cut_off() {
    let mut units = 0;
    for tree in trees("bad").into_iter().chain(trees("good")) {
        for path in common::files_below(&tree) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            for end in
                (0..text.len()).step_by(7).chain([text.len()]).filter(|end| text.is_char_boundary(*end))
            {
                units += check_places(&path, &text[..end]);
            }
        }
    }
    assert!(units > 500, "{units}");
}

fn check_places(path: &Path, text: &str) -> usize {
    let file = SourceFile::new(path.to_string_lossy(), text);
    let found = unit::units(&unit::Source::new(&file.shared_path(), &file.shared_text()));
    for unit in &found.units {
        let inner = unit.view.text();
        for (at, c) in inner.char_indices() {
            let Some(outer) = unit.view.outer(&(at..at + c.len_utf8())) else { continue };
            let piece = text.get(outer.clone());
            assert!(piece.is_some(), "{}: {outer:?} of {}", path.display(), text.len());
            if unit.view.is_exact(&(at..at + c.len_utf8())) {
                assert_eq!(piece.unwrap(), c.to_string(), "{}", path.display());
            }
        }
    }
    found.units.len()
}

/// Hostile texts of configuration management, services and compositions.
fn hostile_manifests() -> Vec<(&'static str, String)> {
    let file = "file { '/etc/rancher/rke2/config.yaml':";
    vec![
        ("init.pp", format!("{file} content => to_yaml({}", "{a => [".repeat(20_000))),
        ("init.sh", format!("# rancher/rke2\n{}{}", "{\n".repeat(100_000), " }\n".repeat(100_000))),
        ("init.sh", format!("# rancher/rke2\n{}", "{\necho a\n} > /etc/x\n".repeat(40_000))),
        ("init.pp", format!("{file} {}", "content => $a,\n".repeat(20_000))),
        ("init.pp", format!("{} '/etc/rancher/rke2", "@(END)\n".repeat(20_000))),
        ("init.pp", "file { file { '/etc/rancher/rke2/a\\".repeat(10_000)),
        ("init.pp", format!("# rancher/rke2\n{}", "é { ü".repeat(20_000))),
        ("init.sls", format!("a: {}file.managed # rancher/rke2", "{b: ".repeat(9_000))),
        ("init.sls", "{% if a %}# rancher/rke2\n".repeat(20_000)),
        ("etc/default/rke2-server", format!("RKE2_={}", "RKE2_TOKEN\\\n".repeat(50_000))),
        ("rke2-server.service", format!("[Service]\nEnvironment={}", "RKE2_ \"".repeat(50_000))),
        ("recipes/a.rb", "template '/etc/rancher/rke2/config.yaml' do\n".repeat(20_000)),
        (
            "composition.yaml",
            format!("apiVersion: apiextensions.crossplane.io/v1\nspec: {}", "{base: ".repeat(9_000)),
        ),
    ]
}

/// Texts that would be disproportionately expensive are abandoned early, without findings.
#[test]
fn hostile_files_hold_nothing_and_cost_little() {
    let nested = (0..12).fold("a: b".to_owned(), |inner, _| {
        let lines = inner.lines().fold(String::new(), |all, line| format!("{all}    {line}\n"));
        format!("#cloud-config\nwrite_files:\n- path: /user-data\n  content: |\n{lines}")
    });
    let bomb = {
        use base64::Engine as _;
        use std::io::Write as _;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..64 {
            packed.write_all(&vec![b'a'; 1024 * 1024]).unwrap();
        }
        base64::engine::general_purpose::STANDARD.encode(packed.finish().unwrap())
    };
    let bomb = format!(
        "#cloud-config\nwrite_files:\n- path: /etc/rancher/rke2/config.yaml\n  encoding: gz+b64\n  content: {bomb}\n"
    );
    let large = format!(
        "#cloud-config\nwrite_files:\n- path: /x\n  content: |\n{}",
        "    rancher/rke2 {{ x }}\n".repeat(200_000)
    );
    let tags = "{{".repeat(500_000);
    let ifs = "{% if rke2 %}\n".repeat(50_000);
    let heads = "cat <<EOF > /etc/rancher/rke2/config.yaml\n".repeat(50_000);
    let deep = |open: &str, close: &str| {
        format!("x = {}1{} # rancher/rke2\n", open.repeat(10_000), close.repeat(10_000))
    };
    let (lists, maps, calls) = (deep("[", "]"), deep("{a=", "}"), deep("f(", ")"));
    let templates = format!("x = {}1{} # rancher/rke2\n", "\"${".repeat(3_000), "}\"".repeat(3_000));
    let wide = format!(
        "locals {{\n{}}}\n",
        (0..80_000)
            .fold(String::new(), |all, n| all + &format!("  k{n} = \"rancher/rke2 value of some length\"\n"))
    );
    let endless = format!("x = <<-EOT\n{}", "  rancher/rke2\n".repeat(100_000));
    let mime = |boundary: &str, body: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=\"{boundary}\"\nMIME-Version: 1.0\n\n{body}\n# rancher/rke2\n"
        )
    };
    let part = "--B\nContent-Type: multipart/mixed; boundary=\"B\"\n\n".repeat(5_000);
    let (cyclic, unmarked, empty) = (mime("B", &part), mime("B", "text/cloud-config"), mime("", "--\n--\n"));
    let unpacked = "#cloud-config\nwrite_files:\n- path: /etc/rancher/rke2/config.yaml\n  encoding: b64\n  content: '*** none ***'\n";
    let not_gzip = "#cloud-config\nwrite_files:\n- path: /etc/rancher/rke2/config.yaml\n  encoding: gz+b64\n  content: aGVsbG8=\n";
    let data = "{\"ignition\": {\"version\": \"3.4.0\"}, \"storage\": {\"files\": [{\"path\": \"/etc/rancher/rke2/config.yaml\", \"contents\": {\"source\": \"data:;base64,***\"}}]}}";
    let statements = "{% set a = 1 %}\n{# rke2 #}\n".repeat(20_000);
    let objects = format!(
        "apiVersion: v1\nkind: List\nitems: {}{} # RKE2ControlPlane rkeConfig\n",
        "[".repeat(9_000),
        "]".repeat(9_000)
    );
    let patches = format!(
        "kind: Kustomization\npatches:\n{}",
        "- patch: 'spec: {valuesContent: HelmChartConfig'\n".repeat(20_000)
    );
    let tasks = format!("- k8s: {}rke2_: 1\n  # rancher/rke2", "{definition: ".repeat(5_000));
    let manifests = hostile_manifests();
    let texts = [
        ("main.tf", &*lists),
        ("main.tf", &*maps),
        ("main.tf", &*calls),
        ("main.tf", &*templates),
        ("main.tf", &*wide),
        ("main.tf", &*endless),
        ("user-data", &*cyclic),
        ("user-data", &*unmarked),
        ("user-data", &*empty),
        ("user-data", unpacked),
        ("user-data", not_gzip),
        ("node.ign", data),
        ("rke2/config.yaml.j2", &*statements),
        ("rke2/config.yaml.erb", &*"<% if rke2 %>\n".repeat(20_000)),
        ("rke2/config.yaml.tftpl", &*"%{ if rke2 }\n".repeat(20_000)),
        ("objects.yaml", &*objects),
        ("kustomization.yaml", &*patches),
        ("tasks/main.yml", &*tasks),
        ("nested.yaml", nested.as_str()),
        ("bomb.yaml", &bomb),
        ("large.yaml", &large),
        ("rke2/config.yaml.j2", &tags),
        ("rke2/config.yaml.j2", &ifs),
        ("rke2.sh", &heads),
        ("rke2.tf", &heads),
        ("Pulumi.yaml", "resources: {a: {type: 'kubernetes:helm.cattle.io/v1:', properties: []}}"),
        ("Kptfile", "pipeline: {mutators: [{image: setters, configPath: ../../../..}, 1, []]}"),
    ];
    for (name, text) in texts.into_iter().chain(manifests.iter().map(|(name, text)| (*name, text.as_str()))) {
        let file = SourceFile::new(name, text);
        let found = unit::units(&unit::Source::new(&file.shared_path(), &file.shared_text()));
        assert!(found.units.is_empty(), "{name}: {}", found.units.len());
        // No finding may be about the host itself.
        let report =
            lint_sources([(name.to_owned(), Input::Bytes(text.into()))].into(), None, &Options::default());
        assert!(report.findings.is_empty(), "{name}: {}", common::render(&report, Format::Concise));
    }
}

/// The findings of a tree after its files were transformed, each with its line.
fn found_in(tree: &Path, change: impl Fn(String) -> String) -> String {
    let files = common::files_below(tree).into_iter().filter(|path| !path.ends_with(".expect"));
    let sources = files.map(|path| {
        let name = path.strip_prefix(tree).unwrap().to_string_lossy().replace('\\', "/");
        (name, Input::Bytes(change(fs::read_to_string(&path).unwrap()).into_bytes()))
    });
    found(&lint_sources(sources.collect(), None, &Options::default()))
}

/// CRLF line ends, a byte order mark and non-ASCII letters do not affect findings.
#[test]
fn line_ends_marks_and_letters_change_no_finding() {
    let mut wrong = String::new();
    for tree in trees("bad") {
        let plain = found_in(&tree, |text| text);
        let windows = found_in(&tree, |text| text.replace('\n', "\r\n"));
        let takes_mark =
            !NO_MARK.iter().any(|form| tree.starts_with(root().join("testdata/inputs").join(form)));
        let marked = found_in(&tree, |text| if takes_mark { format!("\u{feff}{text}") } else { text });
        let letters =
            found_in(&tree, |text| text.replace("example.org", "exämple.org").replace("Puppet", "Pøppet"));
        for (what, other) in [("\\r\\n", windows), ("mark", marked), ("letters", letters)] {
            if other != plain {
                writeln!(wrong, "{} ({what}):\n{other}instead of\n{plain}", tree.display()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The fuzz target `units` tries each format with a file name that the format accepts.
#[test]
fn fuzzing_reaches_every_format_that_the_trees_hold() {
    let target = fs::read_to_string(root().join("fuzz/fuzz_targets/units.rs")).unwrap();
    let (_, list) = target.split_once("const NAMES").unwrap();
    let list = list.split_once("= [").unwrap().1.split_once("];").unwrap().0;
    let names: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let (mut in_trees, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for tree in trees("bad").into_iter().chain(trees("good")) {
        for path in common::files_below(&tree) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let formats = |name: &str| -> BTreeSet<&'static str> {
                let file = SourceFile::new(name, text.as_str());
                let units = unit::units(&unit::Source::new(&file.shared_path(), &file.shared_text())).units;
                units.iter().map(|unit| unit.origin.format).collect()
            };
            in_trees.extend(formats(&path.strip_prefix(root()).unwrap().to_string_lossy()));
            if reached.len() < in_trees.len() {
                reached.extend(names.iter().flat_map(|name| formats(name)));
            }
        }
    }
    assert!(in_trees.len() >= 16, "{in_trees:?}");
    assert!(in_trees.is_subset(&reached), "{in_trees:?} {reached:?}");
}

/// The example of each page in `docs/forms` prints the output in the page. `RKE2_LINT_UPDATE_DOCS=1` rewrites it.
#[test]
fn the_examples_of_the_forms_print_what_their_pages_say() {
    let pages = common::files_below(&root().join("docs/forms"));
    assert!(pages.len() >= 7);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap().replace("\r\n", "\n");
        // The page about fenced blocks uses a different fence for its own example.
        let fence = if text.contains("~~~text") { "~~~" } else { "```" };
        let parts: Vec<&str> = text.split(fence).collect();
        let [before, file, between, shown, after] = parts.as_slice() else {
            panic!("{}: two blocks", page.display())
        };
        let name = before.trim().rsplit('`').nth(1).unwrap();
        let (_, body) = file.split_once('\n').unwrap();
        let sources = [(name.to_owned(), Input::Bytes(body.as_bytes().to_vec()))].into();
        let report = lint_sources(sources, None, &Options::default());
        let printed = format!("text\n{}", common::render(&report, Format::Concise));
        assert!(!report.findings.is_empty(), "{}", page.display());
        if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
            let parts = [before, file, between, printed.as_str(), after];
            fs::write(&page, parts.join(fence)).unwrap();
        } else {
            assert_eq!(*shown, printed, "{}", page.display());
        }
    }
}

/// A template has the same findings on the same lines as the rendered files.
#[test]
fn a_template_has_the_findings_of_the_files_it_becomes() {
    let jinja = "template/jinja/bad/roles/rke2/templates/config.yaml.j2";
    let branches = "template/branches/bad/config.yaml.j2";
    let features = "template/features/bad/roles/rke2/templates/config.yaml.j2";
    let feature = |cni: &str, first: bool| {
        serde_json::json!({
            "rke2_token": "6f1c0d9a-8f0e-4f0e-9d1e-2f3b4c5d6e7f", "names": ["a.example.org"], "labels": ["a", "b"],
            "options": [{"key": "debug", "value": true}], "pods": 200, "cni": cni, "first": first,
        })
    };
    let token = "6f1c0d9a-8f0e-4f0e-9d1e-2f3b4c5d6e7f";
    for (file, contexts) in [
        (
            jinja,
            vec![
                serde_json::json!({"rke2_api": "api.example.org", "rke2_token": token, "rke2_mode": 1, "labels": ["a=b"]}),
                serde_json::json!({"rke2_api": "api.example.org", "rke2_token": token, "labels": ["a=b", "c=d"]}),
            ],
        ),
        (
            branches,
            vec![
                serde_json::json!({"rke2_token": token, "cilium": true}),
                serde_json::json!({"rke2_token": token, "cilium": false}),
            ],
        ),
        (features, vec![feature("cilium", true), feature("canal", false), feature("", false)]),
    ] {
        let text = fs::read_to_string(root().join("testdata/inputs").join(file)).unwrap();
        let of_template = lines_of("rke2/config.yaml.j2", &text);
        assert!(!of_template.is_empty());
        let mut of_files = BTreeSet::new();
        for context in contexts {
            let mut environment = minijinja::Environment::new();
            let included = "kubelet-arg:\n  - max-pods={{ pods }}\n";
            environment.add_template("roles/rke2/templates/args.j2", included).unwrap();
            let rendered = environment.render_str(&text, context).unwrap();
            of_files.extend(lines_of("rke2/config.yaml", &rendered));
        }
        assert_eq!(of_template, of_files, "{file}");
    }
}

/// The same for dialects that cannot be rendered here; the rendered files were written by hand.
#[test]
fn templates_of_other_dialects_have_the_findings_of_the_files_they_become() {
    let config = |cni: &str, labels: &str| {
        format!(
            "token: 6f1c0d9a-8f0e-4f0e-9d1e-2f3b4c5d6e7f\ntls-sans: [rke2.example.org]\nwrite-kubeconfig-mode: 0644\n{cni}{labels}"
        )
    };
    let cilium = "cni: cilium\ndisable: rke2-kube-proxy\n";
    let canal = "cni: canel\n";
    let labels = "node-label:\n  - site=north\n  - site=south\n";
    let rendered = [config(cilium, labels), config(canal, labels)];
    for (name, token, choice, end_of_choice, list) in [
        (
            "rke2/config.yaml.tftpl",
            "${token}",
            ["%{ if cilium ~}", "%{ else ~}"],
            "%{ endif ~}",
            ["%{ for site in sites ~}", "site=${site}", "%{ endfor ~}"],
        ),
        (
            "rke2/config.yaml.gotmpl",
            "{{ .Values.token }}",
            ["{{- if .Values.cilium }}", "{{- else }}"],
            "{{- end }}",
            ["{{- range .Values.sites }}", "site={{ . }}", "{{- end }}"],
        ),
        (
            "rke2/config.yaml.erb",
            "<%= @token %>",
            ["<% if @cilium -%>", "<% else -%>"],
            "<% end -%>",
            ["<% @sites.each do |site| -%>", "site=<%= site %>", "<% end -%>"],
        ),
        (
            "rke2/config.yaml.j2",
            "{{ token }}",
            ["{% if cilium %}", "{% else %}"],
            "{% endif %}",
            ["{% for site in sites %}", "site={{ site }}", "{% endfor %}"],
        ),
    ] {
        let ([first, other], [start, item, end]) = (choice, list);
        let text = config(
            &format!("{first}\n{cilium}{other}\n{canal}{end_of_choice}\n"),
            &format!("node-label:\n{start}\n  - {item}\n{end}\n"),
        );
        let text = text.replace("6f1c0d9a-8f0e-4f0e-9d1e-2f3b4c5d6e7f", token);
        let of_files: BTreeSet<_> =
            rendered.iter().flat_map(|text| lines_of("rke2/config.yaml", text)).collect();
        assert_eq!(lines_of(name, &text), of_files, "{name}\n{text}");
        assert!(of_files.len() >= 4, "{of_files:?}");
    }
}

/// A template that Terraform renders, for any destination in its module.
#[test]
fn a_template_of_a_module_has_the_findings_of_the_file_it_becomes() {
    let module = "locals {\n  config = templatefile(\"${path.module}/node.tftpl\", { server = \"https://10.0.0.1:9345\", sans = var.sans })\n}\nresource \"local_file\" \"config\" {\n  filename = \"/etc/rancher/rke2/config.yaml\"\n  content  = templatefile(\"${path.module}/node.tftpl\", { server = \"https://10.0.0.1:9345\", sans = var.sans })\n}\n";
    let template = "server: ${server}\nprotect-kernel-default: true\n%{ for san in sans ~}\ntls-sans: [${san}]\n%{ endfor ~}\n";
    let file = "server: https://10.0.0.1:9345\nprotect-kernel-default: true\ntls-sans: [a.example.org]\n";
    let bytes = |text: &str| Input::Bytes(text.as_bytes().to_vec());
    let sources =
        [("m/main.tf".to_owned(), bytes(module)), ("m/node.tftpl".to_owned(), bytes(template))].into();
    let report = lint_sources(sources, None, &Options::default());
    let rules = |report: &Report| -> Vec<(usize, String)> {
        report
            .findings
            .iter()
            .map(|finding| {
                let file = report.sources.get(finding.primary.span.file);
                (file.position(finding.primary.span.start as usize).line, finding.rule.to_string())
            })
            .collect()
    };
    let plain =
        lint_sources([("m/rke2/config.yaml".to_owned(), bytes(file))].into(), None, &Options::default());
    // The template has one more line because of the loop.
    let of_file: Vec<_> =
        rules(&plain).into_iter().map(|(line, rule)| (line + usize::from(line > 2), rule)).collect();
    assert_eq!(rules(&report), of_file);
    assert_eq!(of_file.len(), 2);
}

/// The lines with findings, and the rules.
fn lines_of(name: &str, text: &str) -> BTreeSet<(String, String)> {
    let sources = [(name.to_owned(), Input::Bytes(text.as_bytes().to_vec()))].into();
    let report = lint_sources(sources, None, &Options::default());
    let line = |finding: &rke2_lint::finding::Finding| {
        let file = report.sources.get(finding.primary.span.file);
        let line = file.position(finding.primary.span.start as usize).line;
        file.text()[file.line_range(line).unwrap()].to_owned()
    };
    report.findings.iter().map(|finding| (line(finding), finding.rule.to_string())).collect()
}

/// Ignore comments work in each host language, and only for the same line or the next.
#[test]
fn comments_of_hosts_keep_findings_quiet() {
    let comment = "rke2-lint: ignore[config/unknown-key] on purpose";
    for (name, text) in [
        (
            "node.sh",
            "#!/bin/sh\ncat > /etc/rancher/rke2/config.yaml <<EOF\n# COMMENT\ntls-sans: [a]\ntoken: b\nEOF\n",
        ),
        ("node.sh", "#!/bin/sh\n# COMMENT\necho 'tls-sans: [a]' > /etc/rancher/rke2/config.yaml\n"),
        (
            "main.tf",
            "resource \"rancher2_cluster_v2\" \"a\" {\n  rke_config {\n    machine_global_config = yamlencode({\n      # COMMENT\n      tls-sans = [\"a\"]\n    })\n  }\n}\n",
        ),
        ("rke2/config.yaml.j2", "token: {{ token }}\n{# COMMENT #}\ntls-sans: [a]\n"),
        ("rke2/config.yaml.j2", "token: {{ token }}\ntls-sans: [a] {# COMMENT #}\n"),
        ("rke2/config.yaml.j2", "token: {{ token }}\n# COMMENT\ntls-sans: [a]\n"),
        ("rke2/config.yaml.tftpl", "token: ${token}\n# COMMENT\ntls-sans: [a]\n"),
        ("vars.yml", "cluster_rke2_config:\n  # COMMENT\n  tls-sans: [a]\n  cni: canal\n"),
        (
            "cluster.yaml",
            "apiVersion: provisioning.cattle.io/v1\nkind: Cluster\nspec:\n  rkeConfig:\n    machineGlobalConfig:\n      tls-sans: [a] # COMMENT\n      cni: canal\n",
        ),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: |\n          cat > /etc/rancher/rke2/config.yaml <<EOF\n          # COMMENT\n          tls-sans: [a]\n          EOF\n",
        ),
    ] {
        let rules = |text: &str| -> Vec<String> {
            let sources = [(name.to_owned(), Input::Bytes(text.as_bytes().to_vec()))].into();
            let report = lint_sources(sources, None, &Options::default());
            report.findings.iter().map(|finding| finding.rule.to_string()).collect()
        };
        let loud = text.replace("COMMENT", "said by hand");
        assert_eq!(rules(&loud), ["config/unknown-key"], "{name}: {text}");
        assert_eq!(rules(&text.replace("COMMENT", comment)), Vec::<String>::new(), "{name}: {text}");
        let elsewhere = format!("# {comment}\n\n{loud}");
        if !text.starts_with("#!") {
            assert!(rules(&elsewhere).contains(&"config/unknown-key".to_owned()), "{name}: {text}");
        }
    }
}
