variable "kubernetes_version" {}
resource "aws_instance" "node" {
  user_data = <<-EOT
    #cloud-config
    write_files:
      - path: /etc/rancher/rke2/config.yaml
        content: |
          token: ${var.token}
          profile: cis-1.23
  EOT
}
