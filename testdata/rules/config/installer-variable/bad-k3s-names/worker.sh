#!/bin/bash
FIRST=$1
TOKEN=$(cat /srv/share/token)
curl -sfL https://get.rke2.io | sudo INSTALL_RKE2_TYPE="agent" K3S_URL="https://$FIRST:9345" K3S_TOKEN="$TOKEN" sh -
systemctl enable --now rke2-agent
