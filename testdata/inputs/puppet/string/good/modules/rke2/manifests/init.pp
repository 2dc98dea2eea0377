# Keeps the configuration of a single server.
class rke2 {
  file { '/etc/rancher/rke2/config.yaml':
    ensure  => file,
    mode    => '0600',
    content => "token: 6f1c0d9a-8f0e-4f0e-9d1e-2f3b4c5d6e7f\nwrite-kubeconfig-mode: \"0640\"\ntls-san: [api.example.org]\n",
  }
}
