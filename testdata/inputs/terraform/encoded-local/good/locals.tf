locals {
  rke2_server = {
    token    = var.token
    tls-san  = [var.fqdn]
  }
  registries = merge(var.registries, {
    mirrors = { "docker.io" = { endpoint = ["https://mirror.harbour.example.org"] } }
  })
  unrelated = {
    tls-sans = ["api.harbour.example.org"]
  }
}
