#!/bin/sh
curl -sfL https://get.rke2.io | INSTALL_RKE2_EXEC="server --token $TOKEN --server https://10.0.0.1:9345" sh -
systemctl enable --now rke2-server
