#!/bin/bash
for host in 10.40.0.11 10.40.0.12; do
  ssh admin@$host "sudo mkdir -p /etc/rancher/rke2"
  ssh admin@$host "echo \"server: https://10.40.0.10:9345\" | sudo tee /etc/rancher/rke2/config.yaml"
  ssh admin@$host "echo \"token: \$(cat /root/token)\" | sudo tee -a /etc/rancher/rke2/config.yaml"
  ssh admin@$host "printf \"cnis: calico\\nprofile: cis\\n\" | sudo tee -a /etc/rancher/rke2/config.yaml"
done
