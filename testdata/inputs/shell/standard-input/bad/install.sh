#!/bin/bash
sudo install -D --mode 600 /dev/stdin /etc/rancher/rke2/config.yaml <<-EOF
	token: ${RKE2_TOKEN}
	tls-sans: [${RKE2_FQDN}]
EOF
cat <<'EOF' | sudo install -m 600 -o root -g root /dev/stdin "/etc/rancher/rke2/registries.yaml"
mirrors:
  docker.io:
    endpoints: [https://mirror.harbour.example.org]
EOF
