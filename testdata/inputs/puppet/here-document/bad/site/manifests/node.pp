class site::node (String $token, Integer $port = 9345) {
  file { '/etc/rancher/rke2/config.yaml':
    content => @("CONFIG"/L),
      # Written by Puppet.
      server: https://${facts['cluster_vip']}:${port}
      token: ${token}
      node-lable:
        - site=${facts['site']}
      | CONFIG
    notify  => Service['rke2-agent'],
  }
  service { 'rke2-agent': ensure => running }
}
