#!/bin/sh
curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=v1.27.6+rke2r1 sh -
cp config.yaml /etc/rancher/rke2/
