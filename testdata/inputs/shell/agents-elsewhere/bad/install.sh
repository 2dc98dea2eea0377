#!/bin/bash
ssh "root@$PIER" "cat > /etc/rancher/rke2/config.yaml" <<EOF
token: not-a-real-token
EOF
ssh "root@$CRANE" bash -s <<'REMOTE'
cat > /etc/rancher/rke2/config.yaml <<EOF
server: https://10.61.0.11:9345
token: not-a-real-token
cni: calico
EOF
systemctl enable --now rke2-agent
REMOTE
