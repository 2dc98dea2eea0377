#!/bin/bash
printf 'cni:\u0020calico\u006f\n' > /etc/rancher/rke2/config.yaml
echo 'kube-proxy: true' 1>> /etc/rancher/rke2/config.yaml
