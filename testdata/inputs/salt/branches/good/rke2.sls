{% set is_first = grains['id'] == 'rke01' %}
/etc/rancher/rke2/config.yaml:
  file.managed:
    - mode: '0600'
    - contents: |
        token: {{ pillar['token'] }}
        {% if not is_first %}
        server: https://{{ pillar['vip'] }}:9345
        {% endif %}
        selinux: true
        tls-san:
        {% for san in pillar['sans'] %}
          - {{ san }}
        {% endfor %}
