#!/bin/sh
sudo tee /etc/rancher/rke2/config.yaml >/dev/null <<'EOF'
write-kubeconfig-mode: "0600"
token: d3c0de-5ecre7-0f-th3-c1u5t3r
EOF
