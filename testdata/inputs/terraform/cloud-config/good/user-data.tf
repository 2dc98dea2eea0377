data "cloudinit_config" "server" {
  gzip = true
  part {
    content_type = "text/cloud-config"
    content = yamlencode({
      write_files = [
        {
          path    = "/etc/rancher/rke2/config.yaml"
          content = <<-EOT
            cni: cilium
            disable-kube-proxy: false
          EOT
        },
        {
          path    = "/var/lib/rancher/rke2/server/manifests/cilium.yaml"
          content = yamlencode({
            apiVersion = "helm.cattle.io/v1"
            kind       = "HelmChartConfig"
            metadata   = { name = "rke2-cilium", namespace = "kube-system" }
            spec       = { valuesContent = yamlencode({ ipv6 = { enabled = true } }) }
          })
        },
        {
          path    = "/etc/rancher/rke2/config.yaml.d/90-site.yaml"
          content = templatefile("${path.module}/site.yaml.tftpl", { zone = var.zone })
        },
      ]
    })
  }
}
