/etc/rancher/rke2/registries.yaml:
  file.managed:
    - contents:
      - 'mirrors:'
      - '  docker.io:'
      - '    endpoints: ["https://mirror.example.org"]'
