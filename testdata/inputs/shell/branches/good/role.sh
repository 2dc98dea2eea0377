#!/bin/bash
if [ "$ROLE" = server ]; then
cat > /etc/rancher/rke2/config.yaml <<'EOF'
cni: [multus, canal]
write-kubeconfig-mode: "0640"
EOF
else
cat > /etc/rancher/rke2/config.yaml <<'EOF'
server: https://rke2.lab.example:9345
token-file: /root/token
EOF
fi
