resource "null_resource" "install" {
  provisioner "remote-exec" {
    inline = [<<EOT
#!/bin/bash
mkdir -p /etc/rancher/rke2
cat <<EOF > /etc/rancher/rke2/config.yaml
server: https://${var.address}:9345
token: ${var.token}
kubelet-arg: ["max-pods=200"]
EOF
EOT
    ]
  }
}
