#!/bin/bash
echo "token: ${RKE2_TOKEN}" > /etc/rancher/rke2/config.yaml
if [ "$NETWORK" = cilium ]; then
  echo 'cni: ciliumm' >> /etc/rancher/rke2/config.yaml
else
  echo 'kube-proxy: true' >> /etc/rancher/rke2/config.yaml
fi
