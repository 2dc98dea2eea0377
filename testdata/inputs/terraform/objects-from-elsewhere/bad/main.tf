resource "rancher2_cluster_v2" "edge" {
  name               = "edge"
  kubernetes_version = "v1.34.2+rke2r1"
  rke_config {
    machine_global_config = <<-EOF
      cni: flanel
      profile: cis
    EOF
  }
}
