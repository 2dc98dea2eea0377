{% set rke2_version = "v1.36.1+rke2r1" %}
/etc/rancher/rke2/config.yaml:
  file.managed:
    - contents: |
        ingress-controller: traefik
        disable:
          - rke2-snapshot-controller
