#!/bin/bash
: > /etc/rancher/rke2/config.yaml
echo "token: $(cat /root/token)" >> /etc/rancher/rke2/config.yaml
echo 'write-kubeconfig-mode: 0640' >> /etc/rancher/rke2/config.yaml
