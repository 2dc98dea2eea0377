#!/bin/sh
# curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=v1.34.2+rke2r1 sh -
curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=v1.21.5+rke2r1 sh -
cat <<EOF > /etc/rancher/rke2/config.yaml
profile: cis-1.6
EOF
