resource "rancher2_cluster_v2" "a" {
  name = "a"
  kubernetes_version = "v1.34.2+rke2r1"
  rke_config {
    machine_global_config = <<EOT
cni: cilium
disable-kube-proxy: true
EOT
    chart_values = <<EOT
rke2-cilium:
  kubeProxyReplacement: true
  k8sServiceHost: 127.0.0.1
  k8sServicePort: 6443
  encryption:
    enabled: true
    type: wireguard
  nodePort:
    enabled: true
EOT
  }
}
