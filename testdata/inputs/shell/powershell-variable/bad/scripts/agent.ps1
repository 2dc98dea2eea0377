$config = @"
server: https://$Server`:9345
token: $Token
kubelet-args:
  - max-pods=100
"@
$config | Out-File -Encoding ascii -FilePath "C:\etc\rancher\rke2\config.yaml"
