if ($Role -eq "tls-sans: [a]") { Set-Content C:/etc/rancher/rke2/registries.yaml $Registries }
if ($Label) {
  Set-Content C:/etc/rancher/rke2/config.yaml "node-labels: [$Label]"
} else {
  Set-Content C:/etc/rancher/rke2/config.yaml "node-labels: []"
}
Set-Content C:/etc/rancher/rke2/config.yaml.d/10-ip.yaml -Value ("node-ips: " + $Address)
"NAME: a" | ForEach-Object { $_ -replace 'NAME', 'node-name' } | Out-File C:/etc/rancher/rke2/config.yaml.d/20-name.yaml
Set-Content C:/etc/rancher/rke2/config.yaml.d/30-name.yaml -Value ("NAME: {0}" -f $Name)
