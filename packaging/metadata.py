#!/usr/bin/env python3
"""Writes the metadata of a release for package managers: Homebrew, AUR, winget, Nix, aqua and mise.

usage: packaging/metadata.py VERSION ARCHIVES OUT

ARCHIVES is the folder with the archives of the release and their `.sha256` files; a missing file is an error. OUT is
attached to the release; its files are copied to the tap, the AUR repository, winget-pkgs and the aqua registry.
"""

import pathlib
import sys

REPOSITORY = "rke2-lint/rke2-lint"
DESCRIPTION = "Linter for RKE2 configuration, HelmChart and HelmChartConfig manifests"
TARGETS = {
    "linux-x86_64": "x86_64-unknown-linux-musl",
    "linux-aarch64": "aarch64-unknown-linux-musl",
    "macos-x86_64": "x86_64-apple-darwin",
    "macos-aarch64": "aarch64-apple-darwin",
    "windows-x86_64": "x86_64-pc-windows-msvc",
}


class Release:
    """The archives of one version, with their checksums."""

    def __init__(self, version: str, archives: pathlib.Path):
        self.version = version
        self.archives = archives

    def name(self, system: str) -> str:
        extension = "zip" if system.startswith("windows") else "tar.gz"
        return f"rke2-lint-v{self.version}-{TARGETS[system]}.{extension}"

    def folder(self, system: str) -> str:
        return f"rke2-lint-v{self.version}-{TARGETS[system]}"

    def url(self, system: str) -> str:
        return f"https://github.com/{REPOSITORY}/releases/download/v{self.version}/{self.name(system)}"

    def sha256(self, system: str) -> str:
        path = self.archives / f"{self.name(system)}.sha256"
        words = path.read_text(encoding="utf-8").split()
        if not words or len(words[0]) != 64:
            raise ValueError(f"{path} holds no checksum")
        return words[0]


def homebrew(release: Release) -> str:
    def on(arch: str, system: str) -> str:
        return f"""    on_{arch} do
      url "{release.url(system)}"
      sha256 "{release.sha256(system)}"
    end
"""

    return f"""class Rke2Lint < Formula
  desc "{DESCRIPTION}"
  homepage "https://github.com/{REPOSITORY}"
  version "{release.version}"
  license "Apache-2.0"

  on_macos do
{on("arm", "macos-aarch64")}{on("intel", "macos-x86_64")}  end

  on_linux do
{on("arm", "linux-aarch64")}{on("intel", "linux-x86_64")}  end

  def install
    bin.install "rke2-lint"
    man1.install Dir["*.1"]
    bash_completion.install "completions/rke2-lint.bash" => "rke2-lint"
    zsh_completion.install "completions/rke2-lint.zsh" => "_rke2-lint"
    fish_completion.install "completions/rke2-lint.fish"
  end

  test do
    (testpath/"config.yaml").write "tls-san: [a]\\ncni: cilum\\n"
    assert_match "config.yaml:2", shell_output("#{{bin}}/rke2-lint check --format concise .", 1)
  end
end
"""


def aur(release: Release) -> str:
    folder = f"rke2-lint-v${{pkgver}}-$CARCH-unknown-linux-musl"
    return f"""pkgname=rke2-lint-bin
pkgver={release.version}
pkgrel=1
pkgdesc="{DESCRIPTION}"
arch=(x86_64 aarch64)
url="https://github.com/{REPOSITORY}"
license=(Apache-2.0)
provides=(rke2-lint)
conflicts=(rke2-lint)
source_x86_64=("{release.url("linux-x86_64")}")
source_aarch64=("{release.url("linux-aarch64")}")
sha256sums_x86_64=({release.sha256("linux-x86_64")})
sha256sums_aarch64=({release.sha256("linux-aarch64")})

package() {{
  cd "{folder}"
  install -Dm755 rke2-lint "$pkgdir/usr/bin/rke2-lint"
  install -Dm644 -t "$pkgdir/usr/share/man/man1" ./*.1
  install -Dm644 completions/rke2-lint.bash "$pkgdir/usr/share/bash-completion/completions/rke2-lint"
  install -Dm644 completions/rke2-lint.zsh "$pkgdir/usr/share/zsh/site-functions/_rke2-lint"
  install -Dm644 completions/rke2-lint.fish "$pkgdir/usr/share/fish/vendor_completions.d/rke2-lint.fish"
}}
"""


def winget(release: Release) -> dict[str, str]:
    head = f"PackageIdentifier: rke2-lint.rke2-lint\nPackageVersion: {release.version}\n"
    tail = "ManifestVersion: 1.6.0\n"
    folder = release.folder("windows-x86_64")
    return {
        "rke2-lint.rke2-lint.yaml": f"{head}DefaultLocale: en-US\nManifestType: version\n{tail}",
        "rke2-lint.rke2-lint.locale.en-US.yaml": f"""{head}PackageLocale: en-US
Publisher: rke2-lint
PackageName: rke2-lint
License: Apache-2.0
ShortDescription: {DESCRIPTION}
PackageUrl: https://github.com/{REPOSITORY}
ManifestType: defaultLocale
{tail}""",
        "rke2-lint.rke2-lint.installer.yaml": f"""{head}InstallerType: zip
NestedInstallerType: portable
NestedInstallerFiles:
  - RelativeFilePath: {folder}\\rke2-lint.exe
    PortableCommandAlias: rke2-lint
Installers:
  - Architecture: x64
    InstallerUrl: {release.url("windows-x86_64")}
    InstallerSha256: {release.sha256("windows-x86_64").upper()}
ManifestType: installer
{tail}""",
    }


def nix(release: Release) -> str:
    def source(nix_system: str, system: str) -> str:
        return f"""    {nix_system} = {{
      target = "{TARGETS[system]}";
      hash = "sha256:{release.sha256(system)}";
    }};
"""

    return f"""{{ stdenvNoCC, fetchurl, installShellFiles, lib }}:
let
  version = "{release.version}";
  sources = {{
{source("x86_64-linux", "linux-x86_64")}{source("aarch64-linux", "linux-aarch64")}\
{source("x86_64-darwin", "macos-x86_64")}{source("aarch64-darwin", "macos-aarch64")}  }};
  source = sources.${{stdenvNoCC.hostPlatform.system}};
in
stdenvNoCC.mkDerivation {{
  pname = "rke2-lint";
  inherit version;
  src = fetchurl {{
    url = "https://github.com/{REPOSITORY}/releases/download/v${{version}}/rke2-lint-v${{version}}-${{source.target}}.tar.gz";
    inherit (source) hash;
  }};
  nativeBuildInputs = [ installShellFiles ];
  installPhase = ''
    install -Dm755 rke2-lint $out/bin/rke2-lint
    installManPage *.1
    installShellCompletion --cmd rke2-lint --bash completions/rke2-lint.bash \\
      --zsh completions/rke2-lint.zsh --fish completions/rke2-lint.fish
  '';
  meta = {{
    description = "{DESCRIPTION}";
    homepage = "https://github.com/{REPOSITORY}";
    license = lib.licenses.asl20;
    mainProgram = "rke2-lint";
    platforms = builtins.attrNames sources;
  }};
}}
"""


def aqua() -> str:
    return f"""packages:
  - type: github_release
    repo_owner: {REPOSITORY.split("/")[0]}
    repo_name: {REPOSITORY.split("/")[1]}
    description: {DESCRIPTION}
    asset: rke2-lint-{{{{.Version}}}}-{{{{.Arch}}}}-{{{{.OS}}}}.{{{{.Format}}}}
    format: tar.gz
    replacements:
      amd64: x86_64
      arm64: aarch64
      linux: unknown-linux-musl
      darwin: apple-darwin
      windows: pc-windows-msvc
    overrides:
      - goos: windows
        format: zip
    files:
      - name: rke2-lint
        src: "{{{{.AssetWithoutExt}}}}/rke2-lint"
    checksum:
      type: github_release
      asset: "{{{{.Asset}}}}.sha256"
      algorithm: sha256
"""


def mise() -> str:
    return f"""# mise.toml: mise takes releases of GitHub as they are.
[tools]
"ubi:{REPOSITORY}" = "latest"
"""


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    version, archives, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    release = Release(version, archives)
    files = {
        "homebrew/rke2-lint.rb": homebrew(release),
        "aur/PKGBUILD": aur(release),
        "nix/package.nix": nix(release),
        "aqua/registry.yaml": aqua(),
        "mise/mise.toml": mise(),
    }
    files |= {f"winget/{name}": text for name, text in winget(release).items()}
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
