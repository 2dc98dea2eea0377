apiVersion: provisioning.cattle.io/v1
kind: Cluster
metadata:
  name: harbour
  namespace: fleet-default
spec:
  kubernetesVersion: {{ .Values.release }}
  rkeConfig:
    machineSelectorConfig:
      - config:
          protect-kernel-defaults: false
        machineLabelSelector:
          matchExpressions:
            - key: {{ .Values.label }}
              operator: In
              values: [{{ .Values.pool | quote }}]
