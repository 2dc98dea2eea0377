# rke2
resource "aws_instance" "rke2" {
  user_data = file("rke2.sh")
  metadata = <<EOF
never closed
