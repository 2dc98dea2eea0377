#!/bin/sh
# INSTALL_RKE2_EXEC="server --debug" has no effect
curl -sfL https://get.rke2.io | INSTALL_RKE2_EXEC=server sh -
curl -sfL https://get.rke2.io | INSTALL_RKE2_EXEC="$FLAGS" sh -
curl -sfL https://get.k3s.io | INSTALL_K3S_EXEC="server --debug" sh -
curl -sfL https://get.rke2.io | INSTALL_RKE2_EXEC="agent" INSTALL_RKE2_METHOD=tar sh -s - --debug
