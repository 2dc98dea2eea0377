locals {
  rke2_server = {
    token    = var.token
    tls-sans = [var.fqdn]
  }
  registries = merge(var.registries, {
    mirrors = { "docker.io" = { endpoints = ["https://mirror.harbour.example.org"] } }
  })
  unrelated = {
    tls-sans = ["api.harbour.example.org"]
  }
}
