resource "rancher2_cluster_v2" "edge" {
  name               = "edge"
  kubernetes_version = var.k3s_version
  rke_config {
    machine_global_config = <<EOF
disable:
  - traefik
  - metrics-server
flannel-backend: host-gw
EOF
  }
}
