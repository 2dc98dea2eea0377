#!/bin/bash
cat > /etc/rancher/rke2/config.yaml <<< "token: ${RKE2_TOKEN}
cni: calico"
tr a-z A-Z <<< 'kube-proxy: true' >> /etc/rancher/rke2/config.yaml
grep -q cni <<< "$(cat /etc/rancher/rke2/config.yaml)"
