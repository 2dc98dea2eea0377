#!/bin/bash
# What a program makes of the text is not known.
echo "Y25pOiBjYW5hbAo=" | base64 -d > /etc/rancher/rke2/config.yaml.d/10-cni.yaml
cat <<'EOF' | sed "s/CNI/$CNI/; s/MODE/0640/" > /etc/rancher/rke2/config.yaml.d/20-server.yaml
cni: CNI
write-kubeconfig-mode: "MODE"
EOF
echo "cni: CNI" | sed "s/CNI/$CNI/" | sudo tee /etc/rancher/rke2/config.yaml.d/30-cni.yaml
base64 -d <<EOF | sudo tee /etc/rancher/rke2/registries.yaml
bWlycm9yczoge30K
EOF
echo "writing" | tee -a /etc/rancher/rke2/config.yaml.log && kubectl apply -f - <<EOF
apiVersion: v1
kind: Namespace
metadata:
  name: apps
EOF
