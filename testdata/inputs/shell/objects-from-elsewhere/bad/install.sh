#!/bin/sh
mkdir -p /etc/rancher/rke2 /var/lib/rancher/rke2/server/manifests
cat > /etc/rancher/rke2/config.yaml <<'EOF'
token: k9-mvB2x
cni: flanel
profile: cis
EOF
# kubectl apply -f policies.yaml
kubectl get nodes
