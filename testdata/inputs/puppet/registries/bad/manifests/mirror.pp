class profile::mirror ($url) {
  file {
    default:
      owner => 'root',
      mode  => '0600';
    '/etc/rancher/rke2/registries.yaml':
      content => to_yaml({
        mirrors => {
          'docker.io' => { endpoints => [$url] },
        },
      });
  }
}
