resource "kubernetes_manifest" "dns" {
  manifest = {
    apiVersion = "helm.cattle.io/v1"
    kind       = "HelmChartConfig"
    metadata = {
      name      = "rke2-coredns"
      namespace = var.namespace
    }
    spec = {
      valuesContent = yamlencode({
        autoscalr = { enabled = false }
      })
    }
  }
}
