#!/bin/bash
cat <<EOF > /etc/rancher/rke2/config.yaml
token: ${RKE2_TOKEN}
cni: calicoo
write-kubeconfig-mode: 0640
EOF
# These are about other files, or only print.
sed -i 's/cni/CNI/' /opt/rke2/notes.txt
sed -n 's/^cni: //p' /etc/rancher/rke2/config.yaml | xargs -i echo "network: {}"
sed -i '/^write-kubeconfig-mode:/d' /etc/rancher/rke2/rke2.env
