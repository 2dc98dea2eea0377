#!/bin/bash
CONFIG=/etc/rancher/rke2/config.yaml
cat <<'EOF' > $CONFIG
cni: NETWORK
node-ip: __ADDRESS__
cluster-cidr: POD_CIDR
write-kubeconfig-mode: 0640
EOF
sed -i -e "s/NETWORK/$1/" -e "s/__ADDRESS__/$(hostname -I | cut -d' ' -f1)/" $CONFIG
sudo sed -i "s|POD_CIDR|$2|; s/^write-kubeconfig-mode:.*/write-kubeconfig-mode: \"0640\"/" $CONFIG
