#!/bin/bash
echo "echo 'cni: calicoo' > /etc/rancher/rke2/config.yaml" | ssh root@10.40.0.11 bash
ssh root@10.40.0.12 bash -s <<'REMOTE'
echo "cni: ciliumm" > /etc/rancher/rke2/config.yaml
REMOTE
