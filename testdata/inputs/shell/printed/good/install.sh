#!/bin/bash
usage() {
  cat <<'USAGE'
Usage: install.sh [--join ADDRESS]

To choose another network plugin, run this before:
  echo "cni: YOUR_PLUGIN" >> /etc/rancher/rke2/config.yaml
It's read when the service starts.
USAGE
}
echo 'On the other nodes: echo "server: https://first:6443" > /etc/rancher/rke2/config.yaml'
echo 'token: shared-secret' > /etc/rancher/rke2/config.yaml
