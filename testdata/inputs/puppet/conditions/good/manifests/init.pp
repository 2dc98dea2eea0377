# One node gets Cilium, another one Canal.
class profile::rke2 (String $cni) {
  file { '/etc/rancher/rke2/config.yaml':
    content => "token: shared-by-all-servers\ncni: canal\n",
  }
  if $cni == 'cilium' {
    file { '/etc/rancher/rke2/config.yaml.d/cni.yaml':
      content => "cni: cilium\n",
    }
  } else {
    file { '/var/lib/rancher/rke2/server/manifests/rke2-canal-config.yaml':
      content => @(END)
        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-canal
          namespace: kube-system
        spec:
          failurePolicy: abort
          valuesContent: |-
            flannel:
              backend: wireguard
        | END
    }
  }
}
