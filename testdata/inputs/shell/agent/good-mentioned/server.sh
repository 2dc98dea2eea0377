#!/bin/sh
# On agents: systemctl enable --now rke2-agent
mkdir -p /etc/rancher/rke2
cat <<EOT > /etc/rancher/rke2/config.yaml
token: $1
cni: calico
EOT
curl -sfL https://get.rke2.io | sh -
echo "next, run systemctl enable --now rke2-agent on the agents"
./start.sh
