#!/bin/sh
curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=v1.24.8+rke2r1 sh -
