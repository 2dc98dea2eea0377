#!/bin/bash
echo "1 << 2"; cat <<EOF.CONFIG > /dev/null
EOF
cat <<ONE > /root/notes; cat <<TWO > /etc/rancher/rke2/config.yaml
notes: the second document is the configuration
ONE
token: shared-secret
TWO
