config:
  file.managed:
    - name: /etc/rancher/rke2/config.yaml
    - contents: |
        token: 6f1c0d9a-8f0e-4f0e-9d1e-2f3b4c5d6e7f
        cni: cilium
drop-in:
  file.managed:
    - name: /etc/rancher/rke2/config.yaml.d/10-site.yaml
    - contents: |
        disable-kube-proxy: true
