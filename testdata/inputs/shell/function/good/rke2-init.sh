#!/bin/bash
config() {
  mkdir -p /etc/rancher/rke2
  cat <<EOF > "/etc/rancher/rke2/config.yaml"
# Settings of the user
${config}
EOF
}

append_config() {
  echo "$1" >> "/etc/rancher/rke2/config.yaml"
}

config
append_config 'token: ${token}'
if [ "${ccm}" = "true" ]; then
  append_config 'cloud-provider-name: "aws"'
  append_config 'cloud-provider-config: /etc/rancher/rke2/cloud.conf'
fi
if [ $TYPE = "server" ]; then
  cat <<EOF >> "/etc/rancher/rke2/config.yaml"
tls-san:
  - ${server_url}
EOF
else
  append_config 'server: https://${server_url}:9345'
fi
