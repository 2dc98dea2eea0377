class k3s {
  file { '/etc/rancher/k3s/config.yaml':
    content => "token: a\nflannel-backend: none\ntls-sans: b\n",
  }
  # file { '/etc/rancher/rke2/config.yaml': content => "tls-sans: b" }
  notify { 'etc/rancher/rke2/config.yaml': message => "tls-sans: b" }
}
