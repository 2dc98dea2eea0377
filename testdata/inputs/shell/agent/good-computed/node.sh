#!/bin/bash
ROLE=$1
cat > /etc/rancher/rke2/config.yaml <<EOF
token: abc
tls-san: [a.example.org]
write-kubeconfig-mode: "0640"
EOF
if [ "$ROLE" = agent ]; then
  curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE=agent sh -
else
  curl -sfL https://get.rke2.io | sh -
fi
systemctl enable --now "rke2-$ROLE"
