param([string]$ServerIP, [string]$Token)
New-Item -Type Directory c:/etc/rancher/rke2 -Force
Set-Content -Path c:/etc/rancher/rke2/config.yaml -Value "server: https://$($ServerIP):9345`ntoken: $Token`nnode-labels: [`"area=harbour`"]`n"
'mirrors: {docker.io: {endpoints: ["https://mirror.harbour.example.org"]}}' | Out-File "C:\etc\rancher\rke2\registries.yaml" -Encoding "utf8"
