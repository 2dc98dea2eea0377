#!/bin/bash
cat > /var/lib/rancher/rke2/server/manifests/ccm.yaml <<EOF
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata:
  name: ccm
  namespace: kube-system
spec:
  chart: ccm
  repo: https://charts.example.org
%{ if version != "" ~}
  version: ${version}
%{ endif ~}
  bootstrap: true
EOF
cat > /etc/rancher/rke2/config.yaml <<EOF
token: ${token}
tls-san: [${lb}]
%{ if !initial }
server: https://${lb}:9345
%{ endif }
EOF
