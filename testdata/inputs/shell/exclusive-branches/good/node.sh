#!/bin/bash
cat <<EOF > /etc/rancher/rke2/config.yaml
token: ${RKE2_TOKEN}
EOF
case "$NETWORK" in
  cilium)
    echo 'cni: cilium' >> /etc/rancher/rke2/config.yaml
    ;;
  *)
    cat <<EOF >> /etc/rancher/rke2/config.yaml
cluster-cidr: 10.42.0.0/16
EOF
    ;;
esac
if [ "$IPV6" = yes ]; then
  echo 'service-cidr: 10.43.0.0/16,fd43::/112' >> /etc/rancher/rke2/config.yaml
  echo 'cluster-cidr: 10.42.0.0/16,fd42::/56' >> /etc/rancher/rke2/config.yaml
else
  echo 'service-cidr: 10.43.0.0/16' >> /etc/rancher/rke2/config.yaml
fi
