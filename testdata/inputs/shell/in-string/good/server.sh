ssh admin@10.40.0.11 "sudo mkdir -p /etc/rancher/rke2 && cat <<'EOF' | sudo tee /etc/rancher/rke2/config.yaml
write-kubeconfig-mode: \"0640\"
tls-san:
  - \"$VIP\"
node-ip: 10.40.0.11
EOF
curl -sfL https://get.rke2.io | sudo sh -
sudo systemctl enable --now rke2-server"
