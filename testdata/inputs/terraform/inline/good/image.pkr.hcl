build {
  provisioner "shell" {
    inline = [
      "mkdir -p /etc/rancher/rke2",
      "echo 'tls-san: [api.example.org]' > /etc/rancher/rke2/config.yaml",
    ]
  }
}
