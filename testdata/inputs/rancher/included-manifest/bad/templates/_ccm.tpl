{{- define "cluster.ccm" -}}
apiVersion: helm.cattle.io/v1
kind: HelmChart
{{- end }}
