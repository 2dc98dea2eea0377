# Written to /etc/rancher/rke2/config.yaml by the template.
USAGE = <<~TEXT
  tls-san: more names
  node-label: of the node
  token: the secret
TEXT
