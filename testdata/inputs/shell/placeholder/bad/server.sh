#!/bin/bash
CONFIG=/etc/rancher/rke2/config.yaml
cat <<'EOF' > $CONFIG
cni: NETWORK
cluster-cidr: POD_CIDR
EOF
sed -i "s|POD_CIDR|$2|" $CONFIG
