#!/bin/bash
(
  echo "token: ${RKE2_TOKEN}"
  echo "kubelet-arg:"
  cat <<EOF
  - max-pod=200
cni: calicoo
EOF
) | sudo tee /etc/rancher/rke2/config.yaml > /dev/null
