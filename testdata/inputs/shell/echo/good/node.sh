#!/bin/bash
set -eu
mkdir -p /etc/rancher/rke2
echo "token: ${CLUSTER_TOKEN}
cni: cilium
tls-san:
  - $API_NAME" > /etc/rancher/rke2/config.yaml
