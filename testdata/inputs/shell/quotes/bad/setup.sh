#!/bin/bash
sudo sh -c "echo \"write-kubeconfig-mode: 0640\" > /etc/rancher/rke2/config.yaml"
sudo bash -c 'echo "cni: '\''canall'\''" >> /etc/rancher/rke2/config.yaml'
printf -- '%s: %s\n' token "$TOKEN" etcd-snapshot-retention '"five"' >> /etc/rancher/rke2/config.yaml
cat <<EOF | \
  sudo tee -a /etc/rancher/rke2/config.yaml > /dev/null 2>&1
tls-sans: $(hostname -f |
  tr A-Z a-z)
EOF
