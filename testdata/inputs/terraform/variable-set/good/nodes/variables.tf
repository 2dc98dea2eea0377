variable "release" {
  default = "v1.34.2+rke2r1"
}
