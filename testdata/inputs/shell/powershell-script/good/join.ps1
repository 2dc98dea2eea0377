$cmd = @"
set -eu
sudo mkdir -p /etc/rancher/rke2
cat <<'EOM' | sudo tee /etc/rancher/rke2/config.yaml
server: https://$First:9345
token: "$Token"
tls-san: [api.example.org]
write-kubeconfig-mode: "0640"
EOM
sudo systemctl enable --now rke2-server
"@
Invoke-Remote -Host $node.IP -Command $cmd
