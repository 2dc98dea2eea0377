rke2 config:
  file.serialize:
    - name: /etc/rancher/rke2/config.yaml
    - formatter: yaml
    - dataset:
        token: {{ pillar.token }}
        cni: cillium
        disable:
          - rke2-ingress-nginx
