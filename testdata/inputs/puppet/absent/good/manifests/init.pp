class profile::rke2 {
  file { '/etc/rancher/rke2/config.yaml':
    ensure  => absent,
    content => "tls-sans: [api.example.org]\n",
  }
}
