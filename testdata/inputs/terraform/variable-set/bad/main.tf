module "nodes" {
  source       = "./nodes"
  rke2_version = "v1.34.2+rke2r1"
}
