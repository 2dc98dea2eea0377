#!/bin/bash
: <<'COMMENT'
The former way:
cat > /etc/rancher/rke2/config.yaml <<EOF
cluster-init: true
EOF
COMMENT
curl -sfL https://get.rke2.io | sh -
