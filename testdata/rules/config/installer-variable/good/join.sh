#!/bin/sh
RKE2_URL=https://10.0.0.5:9345
RKE2_TOKEN=5f1d0c6f0b7e4a0f9c1e6f1d3a7b2c84
mkdir -p /etc/rancher/rke2
cat > /etc/rancher/rke2/config.yaml <<EOF
server: $RKE2_URL
token: $RKE2_TOKEN
EOF
curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE=agent sh -
RKE2_TOKEN=$RKE2_TOKEN rke2 token list | sh -c cat
