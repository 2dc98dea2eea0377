/etc/rancher/rke2/config.yaml:
  file.managed:
    - contents: |
        token: shared-by-all-servers
        node-label:
add first label:
  file.append:
    - name: /etc/rancher/rke2/config.yaml
    - text:
        - "  - tier=web"
add second label:
  file.append:
    - name: /etc/rancher/rke2/config.yaml
    - text: "  - zone=a"
/etc/rancher/rke2/registries.yaml:
  file.blockreplace:
    - content: |
          - https://mirror.example.org
