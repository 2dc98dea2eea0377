# Ein Knoten für beide Fälle: é { ü.
class profile::rke2 (String $cni) {
  if $cni == 'cilium' {
    file { '/etc/rancher/rke2/config.yaml':
      content => "token: shared-by-all-servers\ntls-sans: [api.example.org]\n",
    }
  }
}
