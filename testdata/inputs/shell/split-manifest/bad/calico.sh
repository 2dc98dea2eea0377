#!/bin/bash
cat > /var/lib/rancher/rke2/server/manifests/rke2-calico-config.yaml <<EOF
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-calico
  namespace: calico-system
spec:
  valuesContent: |-
    installation:
      calicoNetwork:
        mtu: 1450
EOF
cat >> /var/lib/rancher/rke2/server/manifests/rke2-calico-config.yaml <<EOF
        bgp: Disabled
EOF
