/etc/rancher/rke2/config.yaml:
  file.append:
    - text: |
        token: shared-by-all-servers
        tls-sans: [api.example.org]
