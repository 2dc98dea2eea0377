{{- define "shop.label" -}}
{{ .label.name | default "none" }}-{{ .top.Values.suffix }}
{{- end -}}
{{- define "shop.whole" }}{{ toYaml . }}{{ end -}}
{{- define "shop.door" }}{{ .colour }}{{ with .bell }}{{ .sound }}{{ end }}{{ end -}}
