{{- define "site.name" -}}
{{ .Values.name }}
{{- end -}}
