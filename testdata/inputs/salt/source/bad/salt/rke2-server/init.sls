rke2_conf:
  file.managed:
    - source: salt://rke2-server/files/config.j2
    - name: /etc/rancher/rke2/config.yaml
    - template: jinja
