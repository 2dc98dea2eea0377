#!/bin/bash
: <<'COMMENT'
The former way:
cat > /etc/rancher/rke2/config.yaml <<EOF
token: not-a-real-token
EOF
COMMENT
cat > /etc/rancher/rke2/config.yaml <<EOF
cluster-init: true
EOF
curl -sfL https://get.rke2.io | sh -
