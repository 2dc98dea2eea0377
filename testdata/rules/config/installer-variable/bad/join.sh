#!/bin/sh
curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE=agent RKE2_URL=https://10.0.0.5:9345 RKE2_TOKEN=5f1d0c6f0b7e4a0f9c1e6f1d3a7b2c84 sh -
systemctl enable --now rke2-agent
