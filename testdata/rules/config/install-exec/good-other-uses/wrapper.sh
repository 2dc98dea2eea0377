#!/bin/bash
INSTALL_RKE2_EXEC="server --cni cilium"
mkdir -p /etc/rancher/rke2
curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE=server sh -
rke2 $INSTALL_RKE2_EXEC
