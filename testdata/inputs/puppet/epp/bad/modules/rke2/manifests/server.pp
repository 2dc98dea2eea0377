class rke2::server (String $token) {
  file { 'rke2 configuration':
    path    => '/etc/rancher/rke2/config.yaml.d/10-puppet.yaml',
    content => epp('rke2/server.yaml.epp', { 'token' => $token }),
  }
}
