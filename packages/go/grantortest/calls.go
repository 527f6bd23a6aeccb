package grantortest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

// calls are those below /dev/v1 of one server.
type calls struct {
	url    string
	key    string
	client *http.Client
}

func reach(origin, key, authority string) (*calls, error) {
	parsed, err := url.Parse(origin)
	if err != nil || parsed.Host == "" {
		return nil, fmt.Errorf("grantor: %q is no origin such as http://localhost:8085", origin)
	}
	// No proxy: it is a server of this test.
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	if authority != "" {
		pem, err := os.ReadFile(authority)
		if err != nil {
			return nil, fmt.Errorf("grantor: %w", err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	client := &http.Client{Transport: transport}
	return &calls{url: parsed.Scheme + "://" + parsed.Host, key: key, client: client}, nil
}

func (c *calls) call(method, path string, body, into any) error {
	patience, done := context.WithTimeout(context.Background(), callTimeout)
	defer done()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("grantor: %w", err)
		}
		sent = bytes.NewReader(text)
	}
	request, err := c.request(patience, method, path, sent)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.client.Do(request)
	if err != nil {
		return fmt.Errorf("grantor: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("grantor: %w", err)
	}
	if answer.StatusCode >= 400 {
		refused := &Error{Status: answer.StatusCode}
		if json.Unmarshal(text, refused) != nil || refused.Message == "" {
			refused.Message = fmt.Sprintf("%s %s answered %d: is it a grantor dev?", method, request.URL, answer.StatusCode)
		}
		return refused
	}
	if into == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("grantor: %s %s: %w", method, request.URL, err)
	}
	return nil
}

func (c *calls) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+"/dev/v1"+path, body)
	if err != nil {
		return nil, fmt.Errorf("grantor: %w", err)
	}
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	return request, nil
}

// callTimeout is more than the longest that a control waits: no test hangs on one.
const callTimeout = 60 * time.Second
