if ($first) {
$config = @"
token: $Token
"@
} else {
$config = @"
server: https://${Server}:9345
token: $Token
"@
}
$config | Out-File -FilePath C:\etc\rancher\rke2\config.yaml
