$banner = @"
token: not set yet
tls-sans: [see the wiki]
"@
# Set-Content C:\etc\rancher\rke2\config.yaml $banner
if (-not (Test-Path C:\etc\rancher\rke2\config.yaml)) { Write-Host $banner }
