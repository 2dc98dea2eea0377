rke2-config:
  file.managed:
    - name: /etc/rancher/rke2/config.yaml
    - contents: |
        token: {{ pillar['rke2']['token'] }}
        tls-san:
          - "{{ grains.get("fqdn") }}"
        ingres-controller: traefik
    - makedirs: True
