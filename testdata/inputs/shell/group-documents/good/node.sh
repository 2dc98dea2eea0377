#!/bin/bash
{
  echo "token: ${RKE2_TOKEN}"
  echo "kubelet-arg:"
  cat <<EOF
  - max-pods=200
node-label:
EOF
  for label in $LABELS; do
    echo "  - ${label}=true"
  done
} > /etc/rancher/rke2/config.yaml
for name in $NAMES; do
  grep "^$name" /root/names
done >> /etc/rancher/rke2/config.yaml
