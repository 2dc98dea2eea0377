#!/bin/sh
mkdir -p /etc/rancher/rke2
cat > /etc/rancher/rke2/config.yml <<EOF
cni: cilium
EOF
systemctl start rke2-server
