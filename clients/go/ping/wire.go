package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// wire carries the SDKs' requests and keeps the last exchange as it went over it.
type wire struct {
	method, path string
	status       int
	kind         string
	body         []byte
	// faults are what no answer of the management API may have, whatever it is about.
	faults []string
}

func (w *wire) client() *http.Client { return &http.Client{Transport: w, Timeout: 20 * time.Second} }

func (w *wire) reset() { *w = wire{} }

// RoundTrip sends a request for one of the names that Ping's newer client insists on to the server of the environment file: that client
// speaks TLS to names without a port, and nothing else.
func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := request.Clone(request.Context())
	for name, base := range map[string]string{authName: need("authPath"), apiName: strings.TrimSuffix(need("apiPath"), "/v1")} {
		if request.URL.Host == name {
			to, err := url.Parse(base)
			if err != nil {
				return nil, err
			}
			sent.URL.Scheme, sent.URL.Host, sent.Host = to.Scheme, to.Host, to.Host
		}
	}
	response, err := http.DefaultTransport.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	w.keep(request.Method, sent.URL.Path, response, body)
	return response, err
}

// keep takes note of an exchange. Before a call an SDK may ask for a token, and after a refusal
// whether the environment is there at all: neither is what was called.
func (w *wire) keep(method, path string, response *http.Response, body []byte) {
	if strings.HasSuffix(path, "/as/token") || w.method != "" && (w.method != method || w.path != path) {
		return
	}
	w.method, w.path, w.status, w.body, w.kind = method, path, response.StatusCode, body, response.Header.Get("Content-Type")
	w.judge(response)
}

// judge looks at what every answer has in common.
func (w *wire) judge(response *http.Response) {
	fault := func(text string, values ...any) { w.faults = append(w.faults, fmt.Sprintf(text, values...)) }
	if w.status >= 500 {
		fault("the server failed")
	}
	if response.Header.Get("Correlation-Id") == "" {
		fault("no Correlation-Id")
	}
	if w.status == http.StatusNoContent {
		if len(w.body) > 0 {
			fault("204 with a body")
		}
		return
	}
	if !strings.HasPrefix(w.kind, "application/json") {
		return
	}
	var answer any
	if err := json.Unmarshal(w.body, &answer); err != nil {
		fault("the body is no JSON: %v", err)
		return
	}
	w.faults = append(w.faults, common(answer, "")...)
}

// common are the rules for every object, however deep: nothing is null, ids are lower-case UUIDs, times are UTC with milliseconds, links
// are objects with an absolute address.
func common(value any, at string) (faults []string) {
	switch value := value.(type) {
	case nil:
		return []string{at + " is null"}
	case []any:
		for i, row := range value {
			faults = append(faults, common(row, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		for name, member := range value {
			text, isText := member.(string)
			switch {
			case name == "_links":
				faults = append(faults, links(member, at)...)
			case isText && (name == "createdAt" || name == "updatedAt") && !stamp.MatchString(text):
				faults = append(faults, fmt.Sprintf("%s.%s is %q", at, name, text))
			default:
				faults = append(faults, common(member, at+"."+name)...)
			}
		}
	}
	return faults
}

func links(value any, at string) (faults []string) {
	all, ok := value.(map[string]any)
	if !ok {
		return []string{at + "._links is no object"}
	}
	for name, link := range all {
		link, _ := link.(map[string]any)
		href, _ := link["href"].(string)
		if address, err := url.Parse(href); err != nil || !address.IsAbs() || address.Host == "" {
			faults = append(faults, fmt.Sprintf("%s._links.%s has the address %q", at, name, href))
		}
	}
	return faults
}

// told is the last exchange in a line, for the report of what failed.
func (w *wire) told() string {
	body := string(w.body)
	if len(body) > 700 {
		body = body[:700] + "…"
	}
	return fmt.Sprintf("%s %s: %d %s", w.method, w.path, w.status, body)
}

const (
	authName = "auth.grantor.test"
	apiName  = "api.grantor.test"
)

var (
	lowerUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	stamp     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	secret    = regexp.MustCompile(`^[a-zA-Z0-9._~-]{64,}$`)
)
