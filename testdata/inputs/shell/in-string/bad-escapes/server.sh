ssh admin@10.40.0.11 "cat <<EOF | sudo tee /etc/rancher/rke2/config.yaml
token: \"pa\\\$s-\\\\\\\\-word\"
write-kubeconfig-modus: \"0640\"
EOF
curl -sfL https://get.rke2.io | sudo sh -
sudo systemctl enable --now rke2-server"
