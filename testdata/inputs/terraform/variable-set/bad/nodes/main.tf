resource "openstack_compute_instance_v2" "server" {
  name      = "server-1"
  user_data = <<-EOT
    #cloud-config
    write_files:
      - path: /etc/rancher/rke2/config.yaml
        content: |
          token: ${var.token}
          profile: cis-1.6
    runcmd:
      - curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=${var.release} sh -
  EOT
}
