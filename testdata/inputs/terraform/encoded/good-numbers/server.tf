# In Terraform a number has no octal form: 0640 is 640.
resource "local_sensitive_file" "server" {
  filename = "/etc/rancher/rke2/config.yaml"
  content = yamlencode({
    token                     = var.token
    "tls-san"                 = ["rke2.shop.example"]
    "write-kubeconfig-mode"   = 0640
    "etcd-snapshot-retention" = 1e1
  })
}
