#!/bin/bash
set_up() {
  DISTRO=rke2
  mkdir -p /etc/rancher/${DISTRO}
  echo "token: ${TOKEN}" > /etc/rancher/${DISTRO}/config.yaml
  echo "tls-sans:" >> /etc/rancher/${DISTRO}/config.yaml
  echo "- ${NAME}.${DOMAIN}" >> /etc/rancher/${DISTRO}/config.yaml
}
set_up
