class rke2::cilium {
  file { '/var/lib/rancher/rke2/server/manifests/rke2-cilium-config.yaml':
    content => @(YAML),
      apiVersion: helm.cattle.io/v1
      kind: HelmChartConfig
      metadata:
        name: rke2-cilium
        namespace: kube-system
      spec:
        valuesContent: |-
          hubble:
            enabled: true
      | YAML
  }
}
