module "nodes" {
  source       = "./nodes"
  rke2_version = "v1.21.5+rke2r1"
}
