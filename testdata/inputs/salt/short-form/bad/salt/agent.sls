/etc/rancher/rke2/config.yaml:
  file:
    - managed
    - contents: |
        server: https://10.0.0.1:9345
        token-fil: /etc/rancher/rke2/token
