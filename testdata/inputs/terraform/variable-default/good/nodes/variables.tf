variable "release" {
  type    = string
  default = "v1.21.5+rke2r1"
}
