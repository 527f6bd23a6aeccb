{{- define "grantor.labels" -}}
{{ include "grantor.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "grantor.selector" -}}
app.kubernetes.io/name: grantor
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
