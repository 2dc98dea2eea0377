#!/bin/sh
mkdir -p /etc/rancher/rke2
cat > /etc/rancher/rke2/config.yml <<EOF
cni: cilium
EOF
rke2 server --config /etc/rancher/rke2/config.yml
