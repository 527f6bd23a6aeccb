{{- define "grantor.name" -}}
{{ .Values.fullnameOverride | default .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "grantor.account" -}}
{{ .Values.serviceAccount.name | default (ternary (include "grantor.name" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "grantor.selector" -}}
app.kubernetes.io/name: grantor
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "grantor.labels" -}}
{{ include "grantor.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "grantor.metadata" -}}
name: {{ include "grantor.name" . }}
labels:
  {{- include "grantor.labels" . | nindent 2 }}
{{- end }}

{{- define "grantor.host" -}}
{{ .Values.ingress.host | default (get (urlParse .Values.publicUrl) "hostname") }}
{{- end }}
