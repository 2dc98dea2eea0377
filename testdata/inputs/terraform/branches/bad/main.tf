locals {
  rke2_server_config = <<-EOT
    token: ${var.token}
    cni: cilium
    write-kubeconfig-mode: 0640
    %{ if var.vip != "" ~}
    tls-sans:
      - ${var.vip}
    %{ endif ~}
    %{ for label in var.labels ~}
    # ${label}
    %{ endfor ~}
  EOT
}
