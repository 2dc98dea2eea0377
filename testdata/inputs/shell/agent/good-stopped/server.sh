#!/bin/bash
# Turn an agent into a server
systemctl disable --now rke2-agent
mkdir -p /etc/rancher/rke2
cat > /etc/rancher/rke2/config.yaml <<EOF
token: abc
tls-san: [a.example.org]
EOF
/usr/local/bin/install-rke2.sh server
SERVICE=rke2-${1:-server}
systemctl enable --now $SERVICE
