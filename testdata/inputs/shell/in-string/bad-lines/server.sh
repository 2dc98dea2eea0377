#!/bin/bash
ssh admin@10.40.0.11 "
  mkdir -p /etc/rancher/rke2
  cat <<EOF > /etc/rancher/rke2/config.yaml
token: \"\$(cat /root/token)\"
write-kubeconfig-mode: \"rw-r-----\"
EOF
"
