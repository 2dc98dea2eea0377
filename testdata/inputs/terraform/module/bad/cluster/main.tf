resource "rancher2_cluster_v2" "edge" {
  name               = "edge"
  kubernetes_version = var.kubernetes_version
  rke_config {
    machine_global_config = templatefile("${path.module}/templates/global.tftpl", { cni = "celium", san = var.san })
    additional_manifest   = templatefile("${path.module}/templates/addons.tftpl", { hubble = true })
  }
}

resource "local_file" "config" {
  filename = "/etc/rancher/rke2/config.yaml"
  content  = local.config
}
