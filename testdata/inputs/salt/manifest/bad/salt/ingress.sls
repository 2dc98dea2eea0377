rke2-ingress:
  file.managed:
    - name: /var/lib/rancher/rke2/server/manifests/rke2-ingress-nginx-config.yaml
    - contents: |
        apiVersion: helm.cattle.io/v1
        kind: HelmChartConfig
        metadata:
          name: rke2-ingress-nginx
          namespace: kube-system
        spec:
          valuesContent: |-
            controler:
              kind: DaemonSet
