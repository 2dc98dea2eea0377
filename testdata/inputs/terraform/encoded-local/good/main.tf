resource "local_sensitive_file" "server" {
  filename = "/etc/rancher/rke2/config.yaml"
  content  = yamlencode(local.rke2_server)
}

resource "terraform_data" "registries" {
  provisioner "file" {
    destination = "/etc/rancher/rke2/registries.yaml"
    content     = base64encode(jsonencode(local.registries))
  }
}
