variable "token" { type = string }
variable "address" { type = string }
variable "is_first" { type = bool }

locals {
  user_data = <<-EOT
    #!/bin/bash
    mkdir -p /etc/rancher/rke2
    cat > /etc/rancher/rke2/config.yaml <<"EOF"
    token: ${var.token}
    %{ if !var.is_first }
    server: https://${var.address}:9345
    %{ endif }
    tls-sans:
      - ${var.address}
    EOF
    curl -sfL https://get.rke2.io | sh -
    systemctl enable --now rke2-server
  EOT
}

resource "aws_instance" "server" {
  ami           = "ami-0c0ffee"
  instance_type = "m6i.xlarge"
  user_data     = local.user_data
}
