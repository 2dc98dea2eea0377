#!/usr/bin/env pwsh
$config = @'
cni: cilium
tls-san: [rke2.example.org]
write-kubeconfig-mode: "0600"
'@
$config | ssh root@n1.example.org "cat > /etc/rancher/rke2/config.yaml"
