resource "null_resource" "node" {
  provisioner "remote-exec" {
    inline = [
      "sudo mkdir -p /etc/rancher/rke2",
      "echo 'token: ${var.token}\ntls-sans:\n  - rke2.example.org' > config.yaml",
      "sudo mv config.yaml /etc/rancher/rke2/config.yaml",
    ]
  }
}
