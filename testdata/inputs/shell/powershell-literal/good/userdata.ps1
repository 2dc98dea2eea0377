@'
server: https://rke2.example.org:9345
token-file: C:\etc\token
node-taint: ['os=windows:NoSchedule']
'@ | Set-Content -Path C:\etc\rancher\rke2\config.yaml
