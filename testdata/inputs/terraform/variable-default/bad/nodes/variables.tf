variable "release" {
  type    = string
  default = "v1.34.2+rke2r1"
}
