/etc/default/rke2-server:
  file.managed:
    - contents: |
        HTTPS_PROXY=http://proxy.example.org:3128
        RKE2_CNI=calicoo
