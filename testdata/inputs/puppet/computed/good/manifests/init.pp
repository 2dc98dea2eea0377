class rke2 ($config) {
  file { '/etc/rancher/rke2/config.yaml':
    content => to_yaml({ 'tls-sans' => 'merged' } + $config),
  }
}
