#!/bin/bash
for host in $SERVERS; do
  ssh "$host" "
    mkdir -p /etc/rancher/rke2
    echo \"server: https://$FIRST:9345\" > /etc/rancher/rke2/config.yaml
    echo \"write-kubeconfig-mode: \\\"0640\\\"\" >> /etc/rancher/rke2/config.yaml
    echo 'token: \"$TOKEN\"' >> /etc/rancher/rke2/config.yaml
  "
  ssh "$host" 'cat >> /etc/rancher/rke2/config.yaml <<EOF
etcd-snapshot-schedule-cron: '\''0 */6 * * *'\''
node-name: '"$host"'
EOF'
done
