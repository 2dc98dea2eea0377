#!/bin/sh
setup() {
	cat <<-EOF | sudo tee /var/lib/rancher/rke2/server/manifests/rke2-canal-config.yaml
	apiVersion: helm.cattle.io/v1
	kind: HelmChartConfig
	metadata:
	  name: rke2-canal
	  namespace: kube-system
	spec:
	  valuesContent: |-
	    flannel:
	      iface: ${IFACE}
	EOF
}
