/etc/rancher/rke2/config.yaml:
  file.managed:
    - contents: |
        server: https://10.0.0.1:9345
        write-kubeconfig-mode: "0600"
/etc/rancher/rke2/config.yaml.d/10-token.yaml:
  file.managed:
    - contents: 'token: {{ pillar.token }}'
