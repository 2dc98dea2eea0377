#!/bin/bash
cat <<'END-OF-CONFIG' > /etc/rancher/rke2/config.yaml
token: shared-secret
cni: calicoo
END-OF-CONFIG
cat <<ONE > /root/notes; cat <<TWO > /etc/rancher/rke2/registries.yaml
mirror: a
ONE
mirrors:
  docker.io:
    endpoints: ["https://registry.example.com"]
TWO
