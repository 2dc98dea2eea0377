#!/bin/bash
cat <<'EOF' | sudo tee /etc/rancher/rke2/config.yaml
server: https://10.40.0.10:9345
token: shared-secret
kube-proxy: "off"
EOF
# Any line may be a different one afterwards.
sudo sed -i "${EDITS}" /etc/rancher/rke2/config.yaml
