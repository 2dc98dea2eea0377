locals {
  user_data = <<-EOT
    #cloud-config
    write_files:
      - path: /etc/rancher/rke2/config.yaml
        content: |
          token: ${random_password.token.result}
          node-external-ips: ${var.ip}
  EOT
}
