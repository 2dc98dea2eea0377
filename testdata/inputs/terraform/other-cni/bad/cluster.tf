resource "rancher2_cluster_v2" "depot" {
  name               = "depot"
  kubernetes_version = "v1.34.2+rke2r1"
  rke_config {
    machine_global_config = <<-EOT
      cni: calico
    EOT
    chart_values = <<-EOT
      rke2-cilium:
        operator:
          replicas: 1
    EOT
  }
}

resource "rancher2_cluster_v2" "other" {
  name               = "other"
  kubernetes_version = "v1.34.2+rke2r1"
  rke_config {
    machine_global_config = yamlencode({ cni = "calico" })
  }
}
