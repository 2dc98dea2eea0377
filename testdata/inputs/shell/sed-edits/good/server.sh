#!/bin/bash
set -euo pipefail
mkdir -p /etc/rancher/rke2
cat <<EOF > /etc/rancher/rke2/config.yaml
token: ${RKE2_TOKEN}
cni: nonee
write-kubeconfig-mode: 0640
cluster-init: true
tls-san:
node-label:
  - "topology.example.com/rack=r12"
EOF
sed -i '/^cluster-init:/d' /etc/rancher/rke2/config.yaml
sed -i -e '/^cni: nonee/d' -e '$a cni: cilium' /etc/rancher/rke2/config.yaml
sed -i -E 's/^(write-kubeconfig-mode): .*/\1: "0640"/' "/etc/rancher/rke2/config.yaml"
sed -i "/^tls-san:$/a \ \ - ${VIP}" /etc/rancher/rke2/config.yaml
