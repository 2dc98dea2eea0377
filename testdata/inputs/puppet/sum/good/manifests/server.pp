class site::rke2 (Hash $config = {}) {
  $common = { 'token' => $token }
  file { '/etc/rancher/rke2/config.yaml':
    ensure  => file,
    content => stdlib::to_yaml($common + $config + {
      'node-name' => $facts['networking']['hostname'],
      'tls-san'  => ['api.example.org'],
    }),
  }
  file { '/etc/rancher/rke2/config.yaml.d/20-site.yaml':
    content => to_yaml({ 'cni' => 'nothing' } + $config),
  }
}
class { 'rke2':
  config => $common + { 'write-kubeconfig-mode' => '0640', 'tls-san' => 'b.example.org', 'cluster-cidr' => '10.42.0.0/16' },
}
