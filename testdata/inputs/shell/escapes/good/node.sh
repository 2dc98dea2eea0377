#!/bin/bash
printf '# caf\u00e9 \xc3\xa9\n' > /etc/rancher/rke2/config.yaml
printf 'node-name: n\x31\ntoken: "%s"\n' "$TOKEN" >> /etc/rancher/rke2/config.yaml
echo 'selinux: true' 1>> /etc/rancher/rke2/config.yaml
echo cni: `cat /etc/cni plugin` >> /etc/rancher/rke2/config.yaml
