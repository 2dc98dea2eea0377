#!/bin/bash
cat <<EOF | sudo tee /var/log/rke2-config.log /etc/rancher/rke2/config.yaml
token: ${RKE2_TOKEN}
tls-san:
EOF
echo '  - rke2.example.com' | tee -a /var/log/rke2-config.log /etc/rancher/rke2/config.yaml
