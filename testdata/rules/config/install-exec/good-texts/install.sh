#!/bin/bash
MY_INSTALL_RKE2_EXEC="--cni cilium"
cat <<EOF
Set INSTALL_RKE2_EXEC="--cni cilium" to no effect.
EOF
echo 'curl -sfL https://get.rke2.io | INSTALL_RKE2_EXEC="server --debug" sh -'
curl -sfL https://get.rke2.io | INSTALL_RKE2_EXEC="server" sh -
