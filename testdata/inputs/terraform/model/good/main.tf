variable "rke2_version" { type = string }
resource "null_resource" "x" {
  provisioner "file" {
    content = <<-EOT
      token: abc
      supervisor-metrics: true
      embedded-registry: true
    EOT
    destination = "/etc/rancher/rke2/config.yaml"
  }
  provisioner "remote-exec" {
    inline = ["curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=${var.rke2_version} sh -"]
  }
}
