#!/bin/bash
cat <<EOF > /tmp/rke2-config
token: ${RKE2_TOKEN}
tls-san:
EOF
mv /tmp/rke2-config /etc/rancher/rke2/config.yaml
[ -n "$RESET" ] && rm -f /etc/rancher/rke2/config.yaml
echo "  - rke2.example.com" >> /etc/rancher/rke2/config.yaml
