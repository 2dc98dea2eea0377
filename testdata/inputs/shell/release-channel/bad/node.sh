#!/bin/sh
curl -sfL https://get.rke2.io | INSTALL_RKE2_CHANNEL=v1.34 sh -
cat <<EOF > /etc/rancher/rke2/config.yaml
profile: cis-1.6
EOF
