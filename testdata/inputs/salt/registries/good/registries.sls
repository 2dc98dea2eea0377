/etc/rancher/rke2/registries.yaml:
  file.managed:
    - contents:
      - 'mirrors:'
      - '  docker.io:'
      - '    endpoint: ["https://mirror.example.org"]'
