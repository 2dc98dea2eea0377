#!/bin/sh
export INSTALL_RKE2_EXEC='--kubelet-arg v=2'
export INSTALL_RKE2_TYPE=agent
curl -sfL https://get.rke2.io | sh -
