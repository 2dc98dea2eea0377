class rke2::agent {
  file { '/etc/rancher/rke2/config.yaml':
    ensure  => 'file',
    content => template('rke2/agent.yaml.erb'),
  }
}
