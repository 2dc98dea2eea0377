resource "rancher2_cluster_v2" "edge" {
  name               = "edge"
  kubernetes_version = var.kubernetes_version
  rke_config {
    machine_global_config = yamlencode({
      disable = ["servicelb", "traefik"]
    })
  }
}
