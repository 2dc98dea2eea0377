#!/bin/bash
set -euo pipefail

server_config() {
  local vip="$1"
  cat <<EOF
token: ${RKE2_TOKEN}
tls-sans:
  - ${vip}
EOF
  if [ -n "${CNI:-}" ]; then
    echo "cni: cilum"
  fi
}

function mirror_config {
  echo 'mirrors:'
  echo '  docker.io:'
  echo '    endpoints: [https://mirror.harbour.example.org]'
}

mkdir -p /etc/rancher/rke2
server_config "$VIP" > /etc/rancher/rke2/config.yaml
mirror_config | sudo tee /etc/rancher/rke2/registries.yaml > /dev/null
chmod 0600 /etc/rancher/rke2/config.yaml
echo "write-kubeconfig-mode: 0640" >> /etc/rancher/rke2/config.yaml
