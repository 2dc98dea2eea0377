locals {
  config = yamlencode({
    tls-san = ["api.example.org"]
    token = var.token
  })
  other = yamlencode({
    tls-sans = ["api.example.org"]
    token    = var.token
  })
}
