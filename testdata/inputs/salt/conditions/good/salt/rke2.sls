/etc/rancher/rke2/config.yaml:
  file.managed:
    - onlyif: test -f /etc/network-cilium
    - contents: |
        token: shared-by-all-servers
        cni: cilium
/var/lib/rancher/rke2/server/manifests/rke2-canal-config.yaml:
  file.managed:
    - onlyif: test -f /etc/network-canal
    - contents: |
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
