#!/usr/bin/env bash
set -euo pipefail
mkdir -p /etc/rancher/rke2
cat > /etc/rancher/rke2/config.yaml <<EOF
token: ${TOKEN}
node-ips: ${IP}
tls-san:
  - ${API_HOST}
EOF
systemctl enable --now rke2-server
