resource "ssh_resource" "config" {
  host = var.host

  file {
    destination = "/etc/rancher/rke2/config.yaml"
    permissions = "0600"
    content     = yamlencode(merge(var.extra, { "node-labels" = ["zone=${var.zone}"], selinux = true }))
  }
}
