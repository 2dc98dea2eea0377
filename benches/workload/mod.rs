//! Texts and trees for measurements. The same call creates the same bytes on every machine, so that figures from
//! different days can be compared. The trees contain no mistakes except those that [`findings`] adds on purpose.
#![allow(dead_code, reason = "each program uses its own part")]

use std::fmt::Write as _;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};

/// Number of files of one cluster in [`small`].
pub const CLUSTER_FILES: usize = 40;

const WORDS: [&str; 24] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jasper", "kelp",
    "larch", "maple", "north", "otter", "prism", "quartz", "raven", "slate", "tundra", "umber", "vale",
    "willow", "yarrow",
];

const REPOSITORIES: [&str; 3] = [
    "https://charts.jetstack.io",
    "https://grafana.github.io/helm-charts",
    "https://prometheus-community.github.io/helm-charts",
];

/// The packaged charts that the clusters of [`small`] configure, each with values that are consistent with [`CONFIG`].
/// Annotations are added to an empty map at the end.
const CHARTS: [(&str, &str); 5] = [
    (
        "rke2-cilium",
        "kubeProxyReplacement: true\nk8sServiceHost: \"localhost\"\nk8sServicePort: \"6443\"\nhubble:\n  enabled: true\n  \
         relay:\n    enabled: true\n  ui:\n    enabled: true\noperator:\n  replicas: 2\nbpf:\n  masquerade: \
         true\npodAnnotations:\n",
    ),
    ("rke2-coredns", "replicaCount: 2\nresources:\n  limits:\n    memory: 128Mi\npodAnnotations:\n"),
    (
        "rke2-ingress-nginx",
        "controller:\n  config:\n    use-forwarded-headers: \"true\"\n  extraArgs:\n    default-ssl-certificate: \
         kube-system/tls\n  podAnnotations:\n",
    ),
    ("rke2-metrics-server", "replicas: 2\nargs:\n- --kubelet-insecure-tls\npodAnnotations:\n"),
    ("rke2-snapshot-controller", "controller:\n  replicaCount: 2\n  podAnnotations:\n"),
];

/// The config.yaml of every cluster.
pub const CONFIG: &str = "\
token-file: /etc/rancher/rke2/cluster-token
tls-san:
- rke2.example.com
- 10.0.0.10
cni: cilium
ingress-controller: ingress-nginx
disable-kube-proxy: true
cluster-cidr: 10.42.0.0/16
service-cidr: 10.43.0.0/16
cluster-dns: 10.43.0.10
write-kubeconfig-mode: \"0600\"
profile: cis
etcd-snapshot-schedule-cron: \"0 */6 * * *\"
etcd-snapshot-retention: 12
kubelet-arg:
- max-pods=250
- eviction-hard=memory.available<500Mi
node-label:
- topology.kubernetes.io/zone=z1
";

/// Pseudo-random numbers: xorshift64*.
pub struct Random(u64);

impl Random {
    /// Each seed has its own sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from `low` to `high`, inclusive.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() >> 32) as usize % (high - low + 1)
    }

    fn one_of<'a>(&mut self, choice: &[&'a str]) -> &'a str {
        choice[self.between(0, choice.len() - 1)]
    }

    fn word(&mut self) -> &'static str {
        self.one_of(&WORDS)
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// A text with all lines indented.
fn indented(text: &str, by: usize) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{:by$}{line}", "");
        out
    })
}

/// Values that end with an open map, filled with annotations up to approximately this number of lines.
fn filled(random: &mut Random, start: &str, lines: usize) -> String {
    let mut text = start.to_owned();
    let last = text.lines().last().unwrap_or_default();
    let indent = last.len() - last.trim_start().len() + 2;
    for index in text.lines().count()..lines {
        let (one, other, words) = (random.word(), random.word(), random.words(3));
        let _ = writeln!(text, "{:indent$}example.com/{one}-{other}-{index}: \"{words}\"", "");
    }
    text
}

/// Values of a packaged chart with approximately this number of lines.
pub fn values(random: &mut Random, chart: &str, lines: usize) -> String {
    let start =
        CHARTS.iter().find(|(name, _)| *name == chart).map_or("podAnnotations:\n", |(_, start)| start);
    filled(random, start, lines)
}

/// A HelmChartConfig of a packaged chart.
pub fn chart_config(random: &mut Random, chart: &str) -> String {
    let lines = random.between(24, 50);
    let values = indented(&values(random, chart, lines), 4);
    format!(
        "# /var/lib/rancher/rke2/server/manifests/{chart}-config.yaml\n---\napiVersion: helm.cattle.io/v1\nkind: \
         HelmChartConfig\nmetadata:\n  name: {chart}\n  namespace: kube-system\nspec:\n  failurePolicy: abort\n  \
         valuesContent: |-\n{values}"
    )
}

/// A HelmChart that refers to a repository or contains its archive.
pub fn chart(random: &mut Random, index: usize, archive: Option<&str>) -> String {
    let source = match archive {
        Some(archive) => format!("  chartContent: {archive}\n"),
        None => format!(
            "  repo: {}\n  chart: {}\n  version: {}.{}.{}\n",
            random.one_of(&REPOSITORIES),
            random.word(),
            random.between(0, 9),
            random.between(0, 30),
            random.between(0, 9)
        ),
    };
    let start = format!(
        "replicaCount: {}\nimage:\n  repository: registry.example.com/{}/{}\n  tag: \"v{}.{}.0\"\n  pullPolicy: \
         IfNotPresent\npodAnnotations:\n",
        random.between(1, 5),
        random.word(),
        random.word(),
        random.between(0, 3),
        random.between(0, 30)
    );
    let lines = random.between(20, 46);
    let values = indented(&filled(random, &start, lines), 4);
    format!(
        "---\napiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata:\n  name: {}-{}-{index}\n  namespace: \
         kube-system\nspec:\n{source}  targetNamespace: {}\n  createNamespace: true\n  valuesContent: |-\n{values}",
        random.word(),
        random.word(),
        random.word()
    )
}

/// A `ConfigMap`.
pub fn config_map(random: &mut Random, index: usize) -> String {
    let mut text = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}-{index}\n  namespace: {}\ndata:\n",
        random.word(),
        random.word()
    );
    for row in 0..random.between(16, 46) {
        let count = random.between(3, 9);
        let (one, other, words) = (random.word(), random.word(), random.words(count));
        let _ = writeln!(text, "  {one}.{other}.{row}: \"{words}\"");
    }
    text
}

/// A Deployment and its Service in one file.
pub fn deployment(random: &mut Random, index: usize) -> String {
    let name = format!("{}-{}-{index}", random.word(), random.word());
    let namespace = random.word();
    let mut environment = String::new();
    for row in 0..random.between(4, 22) {
        let variable = format!("{}_{}_{row}", random.word(), random.word()).to_uppercase();
        let _ = write!(environment, "        - name: {variable}\n          value: \"{}\"\n", random.word());
    }
    format!(
        "\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      securityContext:
        runAsNonRoot: true
      containers:
      - name: main
        image: registry.example.com/{team}/{name}:v1.{minor}.0
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet:
            path: /healthz
            port: http
        resources:
          requests:
            cpu: {cpu}00m
            memory: {memory}00Mi
          limits:
            memory: 1Gi
        env:
{environment}---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - name: http
    port: 80
    targetPort: http
",
        replicas = random.between(1, 5),
        team = random.word(),
        minor = index % 40,
        cpu = random.between(1, 9),
        memory = random.between(1, 9),
    )
}

/// A manifest that is not RKE2's own (a HelmChart, a `ConfigMap` or a Deployment), with the stem of its file.
fn manifest(random: &mut Random, index: usize) -> (String, String) {
    let (kind, text) = match random.between(0, 9) {
        0..2 => ("chart", chart(random, index, None)),
        2..6 => ("settings", config_map(random, index)),
        _ => ("app", deployment(random, index)),
    };
    (format!("{kind}-{index:06}"), text)
}

/// Clusters of [`CLUSTER_FILES`] files: a config.yaml, HelmChartConfigs of packaged charts, and other typical
/// manifests. Calls `put` with each path and its text.
pub fn small<E>(files: usize, mut put: impl FnMut(String, String) -> Result<(), E>) -> Result<(), E> {
    let mut random = Random::new(7);
    for index in 0..files {
        let (cluster, place) = (index / CLUSTER_FILES, index % CLUSTER_FILES);
        match place.checked_sub(1) {
            None => put(format!("cluster-{cluster:04}/config.yaml"), CONFIG.to_owned())?,
            Some(place) if place < CHARTS.len() => {
                let chart = CHARTS[place].0;
                let text = chart_config(&mut random, chart);
                put(format!("cluster-{cluster:04}/manifests/{chart}-config.yaml"), text)?;
            }
            Some(_) => {
                let (stem, text) = manifest(&mut random, index);
                put(format!("cluster-{cluster:04}/manifests/{stem}.yaml"), text)?;
            }
        }
    }
    Ok(())
}

/// One cluster: a config.yaml, its HelmChartConfigs, and as many manifests as requested in total.
pub fn cluster<E>(manifests: usize, mut put: impl FnMut(String, String) -> Result<(), E>) -> Result<(), E> {
    let mut random = Random::new(13);
    put("config.yaml".to_owned(), CONFIG.to_owned())?;
    for index in 0..manifests {
        if let Some((chart, _)) = CHARTS.get(index) {
            put(format!("manifests/{chart}-config.yaml"), chart_config(&mut random, chart))?;
        } else {
            let (stem, text) = manifest(&mut random, index);
            put(format!("manifests/{stem}.yaml"), text)?;
        }
    }
    Ok(())
}

/// HelmCharts that each contain an archive of approximately this many KB, as base64 on one line.
pub fn big<E>(
    files: usize,
    kilobytes: usize,
    mut put: impl FnMut(String, String) -> Result<(), E>,
) -> Result<(), E>
where
    E: From<io::Error>,
{
    let mut random = Random::new(11);
    for index in 0..files {
        let archive = archive(&mut random, kilobytes)?;
        put(format!("chart-{index:02}.yaml"), chart(&mut random, index, Some(&archive)))?;
    }
    Ok(())
}

/// Files with one known mistake each, in clusters of [`CLUSTER_FILES`] with a valid config.yaml.
pub fn findings<E>(files: usize, mut put: impl FnMut(String, String) -> Result<(), E>) -> Result<(), E> {
    let mut random = Random::new(17);
    for index in 0..files {
        let cluster = index / CLUSTER_FILES;
        if index % CLUSTER_FILES == 0 {
            put(format!("cluster-{cluster:04}/config.yaml"), CONFIG.to_owned())?;
        }
        let sound = chart(&mut random, index, None);
        let text = match index % 3 {
            // An invalid duration; an unknown field of HelmChart; an unsupported version of Helm.
            0 => sound.replacen(
                "  createNamespace: true\n",
                "  createNamespace: true\n  timeout: \"300\"\n",
                1,
            ),
            1 => sound.replacen("  createNamespace: true\n", "  createNamespace: true\n  namespace: x\n", 1),
            _ => {
                sound.replacen("  createNamespace: true\n", "  createNamespace: true\n  helmVersion: v2\n", 1)
            }
        };
        put(format!("cluster-{cluster:04}/manifests/chart-{index:06}.yaml"), text)?;
    }
    Ok(())
}

/// A typical repository with all kinds of files: of 20 files, nine are source code, four Terraform, two scripts, four
/// Kubernetes objects and one a template. One in five Terraform files and scripts mentions RKE2, and so do all
/// templates.
pub fn mixed<E>(files: usize, mut put: impl FnMut(String, String) -> Result<(), E>) -> Result<(), E> {
    let mut random = Random::new(29);
    for index in 0..files {
        let (folder, count) = (format!("part-{:04}", index / 50), random.between(20, 90));
        let speaks = random.between(0, 4) == 0;
        let mut lines = |count: usize, line: &dyn Fn(&mut Random, usize) -> String| -> String {
            (0..count).map(|number| line(&mut random, number)).collect()
        };
        let (name, text) = match index % 20 {
            0..9 => {
                let extension = ["go", "py", "ts"][index % 3];
                let line = |random: &mut Random, number| {
                    format!(
                        "func {}{number}(a, b) {{ return a + {number} }} // {}\n",
                        random.word(),
                        random.words(3)
                    )
                };
                (format!("source-{index}.{extension}"), lines(count, &line))
            }
            9..13 => {
                let block = |random: &mut Random, number| {
                    let (kind, word) = (random.word(), random.word());
                    format!(
                        "resource \"aws_{kind}\" \"x{number}\" {{\n  name  = \"{word}-${{var.n}}\"\n  count = {number}\n}}\n"
                    )
                };
                let config =
                    "locals {\n  rke2_config = <<-EOT\n    token: ${var.token}\n    cni: cilium\n  EOT\n}\n";
                (format!("main-{index}.tf"), lines(count / 4, &block) + if speaks { config } else { "" })
            }
            13..15 => {
                let line = |random: &mut Random, number| {
                    format!("echo \"{} $X{number}\" >> /tmp/log\n", random.word())
                };
                let config = "cat > /etc/rancher/rke2/config.yaml <<EOF\ntoken: $TOKEN\ncni: cilium\nEOF\n";
                let text = lines(count, &line) + if speaks { config } else { "" };
                (format!("install-{index}.sh"), format!("#!/bin/bash\n{text}"))
            }
            15..19 => {
                let line = |random: &mut Random, number| format!("  key-{number}: \"{}\"\n", random.words(3));
                let head =
                    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map-{index}\ndata:\n");
                (format!("map-{index}.yaml"), head + &lines(count, &line))
            }
            _ => {
                let line = |random: &mut Random, _| format!("# {}\n", random.words(6));
                let head = "token: {{ token }}\ncni: cilium\n";
                let text = format!("{head}{}tls-san:\n  - {{{{ name }}}}\n", lines(count / 3, &line));
                (format!("config-{index}.yaml.j2"), text)
            }
        };
        put(format!("{folder}/{name}"), text)?;
    }
    Ok(())
}

/// One file next to a config.yaml: `keys` is one map with this many keys, `documents` this many documents, and `text`
/// this many KB in one block scalar.
pub fn long<E>(
    what: &str,
    count: usize,
    mut put: impl FnMut(String, String) -> Result<(), E>,
) -> Result<(), E> {
    let head = |name: usize| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: long-{name}\ndata:\n")
    };
    let lines = |line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().concat();
    let text = match what {
        "documents" => lines(&|index| head(index) + "  key: value\n"),
        "keys" => head(0) + &lines(&|index| format!("  key-{index}: value\n")),
        _ => {
            let line = format!("    {}\n", "x".repeat(59));
            head(0) + "  text: |\n" + &line.repeat(count * 1024 / line.len())
        }
    };
    put("config.yaml".to_owned(), CONFIG.to_owned())?;
    put("rke2/server/manifests/long.yaml".to_owned(), text)
}

/// The most common run: one config.yaml and one HelmChartConfig.
pub fn one<E>(mut put: impl FnMut(String, String) -> Result<(), E>) -> Result<(), E> {
    let mut random = Random::new(3);
    put("config.yaml".to_owned(), CONFIG.to_owned())?;
    put("manifests/rke2-cilium-config.yaml".to_owned(), chart_config(&mut random, "rke2-cilium"))
}

/// A chart archive of incompressible bytes, as approximately this many KB of base64.
pub fn archive(random: &mut Random, kilobytes: usize) -> io::Result<String> {
    let noise: Vec<u8> = (0..kilobytes * 96).flat_map(|_| random.next().to_le_bytes()).collect();
    let mut tar = tar::Builder::new(GzBuilder::new().mtime(0).write(Vec::new(), Compression::fast()));
    let chart: &[u8] = b"apiVersion: v2\nname: x\nversion: 0.1.0\n";
    for (name, bytes) in [("x/Chart.yaml", chart), ("x/files/noise.bin", &noise)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes)?;
    }
    Ok(STANDARD.encode(tar.into_inner()?.finish()?))
}

/// The tree from one of the functions above, in memory.
pub fn collect(
    make: impl FnOnce(&mut dyn FnMut(String, String) -> io::Result<()>) -> io::Result<()>,
) -> Vec<(String, String)> {
    let mut files = Vec::new();
    make(&mut |path, text| {
        files.push((path, text));
        Ok(())
    })
    .expect("memory does not fail");
    files
}
