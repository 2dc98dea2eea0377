data "cloudinit_config" "server" {
  gzip = false

  part {
    content_type = "text/cloud-config"
    content      = <<-EOT
      #cloud-config
      write_files:
        - path: /etc/rancher/rke2/config.yaml
          content: |
            token: ${var.token}
            cni: cilium
    EOT
  }

  part {
    content_type = "text/cloud-config"
    merge_type   = "list(append)+dict(no_replace,recurse_list)+str()"
    content = yamlencode({
      write_files = [{
        path    = "/etc/chrony/conf.d/site.conf"
        content = "server ${var.time} iburst\n"
      }]
    })
  }
}
