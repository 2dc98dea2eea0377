#!/bin/bash
write_config() {
  sudo tee /etc/rancher/rke2/config.yaml > /dev/null << EOF
server: https://${FIRST}:9345
write-kubeconfig-mode: 644
token: ${TOKEN}
EOF
}
run_ssh "$1" "$(declare -f write_config); write_config"
run_ssh "$1" "curl -sfL https://get.rke2.io --output install.sh"
run_ssh "$1" "sudo INSTALL_RKE2_TYPE=\"agent\" sh install.sh"
run_ssh "$1" "sudo systemctl enable --now rke2-agent"
