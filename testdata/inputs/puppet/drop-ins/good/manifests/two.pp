class profile::two {
  file { '/etc/rancher/rke2/config.yaml':
    content => "server: https://10.0.0.1:9345\nwrite-kubeconfig-mode: '0600'\n",
  }
  file { '/etc/rancher/rke2/config.yaml.d/10-token.yaml':
    content => to_yaml({ 'token' => lookup('token') }),
  }
}
