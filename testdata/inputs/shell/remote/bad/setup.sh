#!/usr/bin/env bash
for host in $AGENTS; do
  ssh root@$host 'mkdir -p /etc/rancher/rke2; echo -e "server: https://"'$FIRST'":9345\ntoken: "'$TOKEN'"\nkubelet-args:\n- max-pods=200" > /etc/rancher/rke2/config.yaml; systemctl start rke2-agent'
done
