class profile::server (String $vip, Array[String] $sans) {
  $dir = '/etc/rancher/rke2'
  file { $dir: ensure => directory }
  -> file { "${dir}/config.yaml":
    ensure  => file,
    content => stdlib::to_yaml({
      'token'                 => lookup('rke2_token'),
      'cni'                   => 'cilium',
      'tls-san'               => [$vip] + $sans,
      'write-kubeconfig-mode' => '0640',
      'disable'               => ['rke2-ingress-nginx'],
    }),
  }
}
