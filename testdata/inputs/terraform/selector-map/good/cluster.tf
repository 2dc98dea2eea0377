resource "rancher2_cluster_v2" "site" {
  name               = "site"
  kubernetes_version = "v1.34.2+rke2r1"
  rke_config {
    machine_selector_config {
      config = {
        cloud-provider-name     = ""
        profile                 = "cis"
        protect-kernel-defaults = true
      }
    }
  }
}
