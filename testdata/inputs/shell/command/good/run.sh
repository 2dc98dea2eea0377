#!/bin/bash
# rke2 server --cni nothing
echo "usage: rke2 server --cni nothing"
mkdir -p /etc/rancher/rke2
echo "token: $TOKEN" > /etc/rancher/rke2/config.yaml
nohup /usr/local/bin/rke2 server --cni canal \
  --tls-san "$NAME" --debug > /var/log/rke2.log 2>&1 &
rke2 agent --server https://10.0.0.1:9345 --token "$TOKEN"
