//! Small repositories with the structure of RKE2's: tags, chart archives, sources of the command line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repositories, in one folder.
pub struct Sources {
    folder: tempfile::TempDir,
}

/// The charts that a release ships: name and version.
pub type Charts<'a> = &'a [(&'a str, &'a str)];

impl Sources {
    /// Two releases of v1.35 and a candidate of v1.36.
    pub fn new() -> Self {
        let sources = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["rke2", "rke2-charts", "rke2-docs"] {
            fs::create_dir_all(sources.path(name)).unwrap();
            sources.git(name, "2026-01-01", &["init", "--quiet", "--initial-branch", "main"]);
        }
        sources.charts();
        sources.docs();
        let calico = [("rke2-calico", "v3.30.0"), ("rke2-calico-crd", "v3.30.0")];
        let shipped = |shop: &'static str| -> Vec<(&'static str, &'static str)> {
            [("rke2-shop", shop)].into_iter().chain(calico).collect()
        };
        sources.release("v1.35.0+rke2r1", "2026-01-10", &shipped("1.0.0"), SERVER);
        sources.release("v1.35.1+rke2r1", "2026-02-10", &shipped("1.1.0"), SERVER);
        // A candidate of an existing release, and candidates of a future one.
        sources.release("v1.35.1-rc1+rke2r1", "2026-02-01", &shipped("1.0.0"), SERVER);
        let server =
            SERVER.replace("\"docker\": dropFlag,", "\"docker\": dropFlag,\n\t\t\"lamp\": copyFlag,");
        sources.release("v1.36.0-rc1+rke2r1", "2026-03-01", &shipped("1.1.0"), &server);
        sources.release("v1.36.0-rc2+rke2r1", "2026-03-02", &shipped("1.1.0"), &server);
        sources
    }

    /// The folder of a repository.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Commits a release of RKE2 and tags it.
    pub fn release(&self, tag: &str, date: &str, charts: Charts<'_>, server: &str) {
        let mut versions = String::from("charts:\n");
        for (chart, version) in charts {
            let _ = writeln!(
                versions,
                "  - version: {version}\n    filename: /charts/{chart}.yaml\n    bootstrap: true"
            );
        }
        versions += "  - version: 0.0.0\n    filename: /charts/rke2-gone.yaml\n    bootstrap: false\n";
        let kubernetes = tag.split(['-', '+']).next().unwrap();
        for (path, text) in [
            ("charts/chart_versions.yaml", versions.as_str()),
            ("Dockerfile", "FROM rancher/hardened-containerd:v2.1.0-k3s1-build20260101 AS containerd\n"),
            (
                "scripts/version.sh",
                &format!(
                    "KUBERNETES_VERSION=${{KUBERNETES_VERSION:-{kubernetes}}}\nETCD_VERSION=${{ETCD_VERSION:-v3.6.1-k3s1}}\n"
                ),
            ),
            ("scripts/build-images", "    ${REGISTRY}/rancher/hardened-coredns:v1.13.0-build20260101\n"),
            ("channels.yaml", CHANNELS),
            ("pkg/cli/types.go", TYPES),
            ("pkg/cli/cmds/server.go", server),
            ("pkg/cli/cmds/agent.go", AGENT),
            ("pkg/cli/cmds/root.go", ROOT),
            ("pkg/podtemplate/types.go", CONSTANTS),
            ("pkg/cli/cmds/profile_linux.go", PROFILE),
            ("pkg/bootstrap/bootstrap.go", BOOTSTRAP),
            ("go.mod", "require github.com/k3s-io/helm-controller v0.17.0\n"),
        ] {
            self.write("rke2", path, text.as_bytes());
        }
        self.commit("rke2", date);
        self.git("rke2", date, &["tag", "--force", tag]);
    }

    /// Commits a chart archive.
    pub fn chart(&self, name: &str, version: &str, files: &[(&str, &str)]) {
        let head = format!("name: {name}\nversion: {version}\n");
        let mut all = BTreeMap::from([("Chart.yaml", head.as_str())]);
        all.extend(files.iter().copied());
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(gzip);
        for (path, text) in all {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).unwrap();
        }
        let bytes = archive.into_inner().unwrap().finish().unwrap();
        self.write("rke2-charts", &format!("assets/{name}/{name}-{version}.tgz"), &bytes);
        self.commit("rke2-charts", "2026-01-01");
    }

    /// Runs git in a repository, without user settings.
    pub fn git(&self, name: &str, date: &str, arguments: &[&str]) {
        let date = format!("{date}T12:00:00Z");
        let output = Command::new("git")
            .arg("-C")
            .arg(self.path(name))
            .args([
                "-c",
                "user.name=somebody",
                "-c",
                "user.email=somebody@example.org",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", self.folder.path())
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn commit(&self, name: &str, date: &str) {
        self.git(name, date, &["add", "--all"]);
        self.git(name, date, &["commit", "--quiet", "--allow-empty", "--message", "Change"]);
    }

    fn write(&self, name: &str, path: &str, content: &[u8]) {
        let path = self.path(name).join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, content).unwrap();
    }

    fn charts(&self) {
        let files = [
            ("values.yaml", VALUES),
            ("templates/shop.yaml", SHOP),
            ("templates/_helpers.tpl", HELPERS),
            ("files/run.sh", "echo {{ .Values.greeting }}\n"),
            ("charts/cellar/Chart.yaml", "name: cellar\nversion: 1.0.0\n"),
            ("charts/cellar/values.yaml", "wine: red\nwater: still\n"),
            ("charts/cellar/templates/cellar.yaml", "{{ .Values.wine }}{{ .Values.water }}\n"),
        ];
        self.chart("rke2-shop", "1.0.0", &files);
        let newer = VALUES.replace("currency: euro", "currency: crown\nsign: open");
        let newer =
            files.map(|(path, text)| (path, if path == "values.yaml" { newer.as_str() } else { text }));
        self.chart("rke2-shop", "1.1.0", &newer);
        let calico = [
            ("values.yaml", "installation:\n  enabled: true\n"),
            (
                "templates/all.yaml",
                "{{ if .Values.installation.enabled }}{{ omit .Values.installation \"enabled\" | toYaml }}{{ end }}",
            ),
        ];
        self.chart("rke2-calico", "v3.30.0", &calico);
        self.chart("rke2-calico-crd", "v3.30.0", &[("templates/installations.yaml", DEFINITION)]);
    }

    fn docs(&self) {
        let notes = "# Notes\n\n| Version | Release date | Etcd |\n| ----- | ----- | ----- |\n\
                     | [v1.35.0+rke2r1](v1.35.X.md#a) | Jan 12 2026| [v3.6.1-k3s1](https://example.org) |\n";
        self.write("rke2-docs", "docs/release-notes/v1.35.X.md", notes.as_bytes());
        self.commit("rke2-docs", "2026-01-12");
    }
}

/// A duplicate key, a key in a comment, and a value of a subchart.
const VALUES: &str = "\
door:
  colour: red
door:
  colour: green
  #width: 90
currency: euro
till: {}
tree: {}
cellar:
  wine: white
";
const SHOP: &str = "\
{{ .Values.door.colour }} {{ .Values.door.width }} {{ .Values.global.clusterDomain }}
{{ include \"shop.price\" (list $ .Values.till) }}
{{ tpl (.Files.Get \"files/run.sh\") . }}
{{ include \"shop.walk\" .Values.tree }}
";
const HELPERS: &str = "\
{{- define \"shop.price\" -}}
{{ (index . 0).Values.currency }}{{ (index . 1).drawer }}
{{- end -}}
{{- define \"shop.walk\" -}}
{{ range $key, $value := . }}{{ $key }}{{ include \"shop.walk\" $value }}{{ end }}
{{- end -}}
";
const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: installations.operator.tigera.io
spec:
  versions:
    - name: v1
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                variant: {type: string, enum: [Calico, Enterprise]}
                nodes: {type: array, items: {type: string}}
";
const CHANNELS: &str = "\
channels:
- name: stable
  latest: v1.35.0+rke2r1
- name: latest
  latestRegexp: .*
  excludeRegexp: ^[^+]+-
- name: v1.35
  latestRegexp: v1\\.35\\..*
  excludeRegexp: (^[^+]+-|v1\\.35\\.1\\+rke2r1)
";
const TYPES: &str = "\
package cli

var (
\tDisableItems = []string{\"rke2-shop\"}
\tCNIItems     = []string{\"calico\", \"canal\"}
\tIngressItems = []string{\"traefik\"}
)
";
/// The flags of a server.
pub const SERVER: &str = "\
package cmds

var (
\tCNIFlag = &cli.StringSliceFlag{
\t\tName:    \"cni\",
\t\tEnvVars: []string{\"RKE2_CNI\"},
\t\tValue:   cli.NewStringSlice(\"canal\"),
\t}

\tk3sServerBase = mustCmdFromK3S(cmds.NewServerCommand(ServerRun), K3SFlagSet{
\t\t\"config\": copyFlag,
\t\t\"docker\": dropFlag,
\t\t\"data-dir\": {
\t\t\tDefault: rke2Path, // \"not a flag\": copyFlag
\t\t},
\t})
)

func validateCNI(clx *cli.Context) {
\tdisableExceptSelected(clx, rke2cli.CNIItems, CNIFlag)
}
";
const AGENT: &str = "\
package cmds

var k3sAgentBase = mustCmdFromK3S(cmds.NewAgentCommand(AgentRun), K3SFlagSet{
\t\"config\": hideFlag,
})
";
const ROOT: &str = "\
package cmds

var commonFlag = []cli.Flag{
\t&cli.StringFlag{
\t\tName:    podtemplate.Etcd + \"-image\",
\t\tEnvVars: []string{\"RKE2_\" + strings.ToUpper(strings.ReplaceAll(podtemplate.Etcd, \"-\", \"_\")) + \"_IMAGE\"},
\t},
\t&cli.BoolFlag{
\t\tName:   \"prime\",
\t\tHidden: true,
\t},
}
";
const CONSTANTS: &str = "\
package podtemplate

const (
\tEtcd = \"etcd\"
)
";
const PROFILE: &str = "\
package cmds

func validateProfile(clx *cli.Context, role CLIRole) {
\tswitch clx.String(\"profile\") {
\tcase rke2.ProfileCIS:
\t}
}
";
const BOOTSTRAP: &str = "\
package bootstrap

func setChartValues() {
\tchartValues := map[string]string{
\t\t\"global.clusterDomain\": nodeConfig.AgentConfig.ClusterDomain,
\t\t\"global.prime.enabled\": strconv.FormatBool(prime),
\t}
}
";
