resource "rancher2_cluster_v2" "edge" {
  name               = "edge"
  kubernetes_version = "v1.33.5+k3s1"
  rke_config {
    machine_global_config = <<EOF
disable:
  - traefik
  - metrics-server
flannel-backend: host-gw
EOF
  }
}
