#!/bin/bash
vip=10.40.0.10
touch config.yaml
echo "tls-san:" >> config.yaml
echo "  - $vip" >> config.yaml
echo "write-kubeconfig-modus: \"0640\"" >> config.yaml
sudo cp ~/config.yaml /etc/rancher/rke2/config.yaml

for node in "${masters[@]}"; do
  ssh -t admin@$node sudo su <<EOF
  mkdir -p /etc/rancher/rke2
  echo "token: $token" >> /etc/rancher/rke2/config.yaml
  echo "tls-san:" >> /etc/rancher/rke2/config.yaml
  echo "  - $vip" >> /etc/rancher/rke2/config.yaml
  curl -sfL https://get.rke2.io | sh -
  systemctl enable --now rke2-server.service
EOF
done

for node in "${workers[@]}"; do
  ssh -t admin@$node sudo su <<EOF
  mkdir -p /etc/rancher/rke2
  echo "token: $token" >> /etc/rancher/rke2/config.yaml
  echo "server: https://$vip:9345" >> /etc/rancher/rke2/config.yaml
  echo "cni: calico" >> /etc/rancher/rke2/config.yaml
  curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE="agent" sh -
  systemctl enable --now rke2-agent.service
EOF
done
