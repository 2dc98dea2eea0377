class rke2::env {
  file { '/etc/rancher/rke2/config.yaml':
    content => inline_template(@(EOF)),
      token: <%= @token %>
      protect-kernel-defaults: true
      | EOF
  }
}
