#!/bin/bash
cat <<EOF > /etc/rancher/rke2/config.yaml
token: first-boot
write-kubeconfig-mode: "0640"
EOF
systemctl start rke2-server
mv /etc/rancher/rke2/config.yaml /etc/rancher/rke2/config.yaml.first
echo "token: $(cat /var/lib/rancher/rke2/server/token)" >> /etc/rancher/rke2/config.yaml
echo 'write-kubeconfig-mode: "0600"' >> /etc/rancher/rke2/config.yaml
