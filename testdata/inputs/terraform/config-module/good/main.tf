module "config" {
  source                = "rancher/rke2-config/local"
  version               = "1.0.0"
  token                 = random_uuid.token.result
  write-kubeconfig-mode = "0640"
  cni                   = ["multus,cilium"]
  profile               = "cis"
  node-label            = ["pool=a"]
  local_file_path       = path.root
}
