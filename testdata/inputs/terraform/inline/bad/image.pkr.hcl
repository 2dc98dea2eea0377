build {
  provisioner "shell" {
    inline = [
      "mkdir -p /etc/rancher/rke2",
      "echo 'tls-sans: [api.example.org]' > /etc/rancher/rke2/config.yaml",
    ]
  }
}
