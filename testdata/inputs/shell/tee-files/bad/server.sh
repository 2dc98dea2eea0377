#!/bin/bash
cat <<EOF | sudo tee /var/log/rke2-config.log /etc/rancher/rke2/config.yaml
token: ${RKE2_TOKEN}
cni: calicoo
EOF
echo 'kube-proxy: true' | tee -a /var/log/rke2-config.log /etc/rancher/rke2/config.yaml
