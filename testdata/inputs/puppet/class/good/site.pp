node 'rke01' {
  class { 'rke2':
    node_type => 'server',
    version   => '1.34.2~rke2r1',
    config    => {
      snapshotter => 'native',
      'tls-san'  => [$facts['networking']['fqdn']],
    },
  }
}
