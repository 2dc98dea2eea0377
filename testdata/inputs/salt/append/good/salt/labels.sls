node labels:
  file.append:
    - name: /etc/rancher/rke2/config.yaml
    - text: |
        node-label:
          - role=db
