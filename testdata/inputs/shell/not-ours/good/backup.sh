#!/bin/sh
# Reads /etc/rancher/rke2/config.yaml and writes a unit.
cat <<EOF > /etc/systemd/system/backup.service
[Service]
ExecStart=/usr/bin/tar czf $OUT /etc/rancher/rke2
EOF
x=$((1 << 3))
cat <<EOF > /etc/rancher/rke2/config.yaml
token: never closed
kube-proxy: true
