resource "rancher2_cluster_v2" "plant" {
  name               = "plant"
  kubernetes_version = "v1.34.2+rke2r1"

  rke_config {
    machine_global_config = yamlencode({
      cni       = "cilium"
      "tls-san" = [var.api_name, "10.1.1.5"]
    })
    chart_values = yamlencode({
      rke2-cilium = {
        hubble = {
          enabled = true
        }
      }
    })
  }
}
