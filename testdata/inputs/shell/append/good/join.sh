#!/bin/sh
cat > /etc/rancher/rke2/config.yaml <<EOF
server: https://${FIRST}:9345
token: ${TOKEN}
EOF
if [ -n "$LABEL" ]; then
  echo "node-label: [\"$LABEL\"]" >> /etc/rancher/rke2/config.yaml
fi
printf 'write-kubeconfig-mode: %s\nselinux: true\n' "$MODE" >> /etc/rancher/rke2/config.yaml
