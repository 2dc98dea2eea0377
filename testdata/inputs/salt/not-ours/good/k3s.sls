/etc/rancher/k3s/config.yaml:
  file.managed:
    - contents: |
        flannel-backend: none
        tls-sans: a
# /etc/rancher/rke2/config.yaml is written elsewhere
other:
  cmd.run:
    - name: cat /etc/rancher/rke2/config.yaml
