#!/bin/bash
sample() {
  echo "tls-sans: [$1]"
}
sample a.harbour.example.org
sample b.harbour.example.org > /etc/rancher/rke2/config.yaml

render() {
  echo "cnii: cilium"
}
render | sed 's/cnii/cni/' > /etc/rancher/rke2/config.yaml.d/10-cni.yaml

part() {
  echo "selinuks: true"
}
mirror="$(part > /etc/rancher/rke2/config.yaml.d/20-selinux.yaml)"
