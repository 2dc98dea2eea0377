resource "rancher2_cluster_v2" "mill" {
  name               = "mill"
  kubernetes_version = "v1.34.2+rke2r1"
  rke_config {
    machine_selector_config {
      machine_label_selector {
        match_labels = { gpu = "true" }
      }
      config = yamlencode({
        "kubelet-arg" = ["max-pods=200"]
        profile       = "cis"
      })
    }
    machine_global_config = yamlencode({
      cni                       = "calico"
      "lb-server-port"          = "6444"
    })
  }
}
