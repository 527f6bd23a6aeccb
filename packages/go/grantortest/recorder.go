package grantortest

import (
	"net/url"
	"time"
)

// Filter says which requests are meant; nothing said, all.
type Filter struct {
	Endpoint string
	ClientID string
	Status   int
	// After is the id of a request: those behind it.
	After string
	// Count is how many Recorded waits for; 1 where nothing is said.
	Count int
	// Timeout is how long it waits; 5 seconds where nothing is said.
	Timeout time.Duration
}

// Request is what the world was asked, and what it answered.
type Request struct {
	ID            string         `json:"id"`
	At            time.Time      `json:"at"`
	CorrelationID string         `json:"correlationId"`
	Endpoint      string         `json:"endpoint"`
	Method        string         `json:"method"`
	Path          string         `json:"path"`
	Query         map[string]any `json:"query"`
	// Headers has a list where one came more than once.
	Headers map[string]any `json:"headers"`
	Form    map[string]any `json:"form"`
	// Status is 0 where the connection was dropped.
	Status int `json:"status"`
	// Reason is the name of the refusal.
	Reason   string `json:"reason"`
	ClientID string `json:"clientId"`
	UserID   string `json:"userId"`
	// Gave are the hashes of the codes and tokens that the answer hands out.
	Gave []string `json:"gave"`
	// From is the id of the request that gave what this one shows.
	From string `json:"from"`
	// Forced is the id of the choice by which it was answered.
	Forced string `json:"forced"`
	Answer *struct {
		Headers map[string]any `json:"headers"`
		Body    any            `json:"body"`
	} `json:"answer"`
}

// Requests are what was asked so far, the oldest first.
func (w *World) Requests(filter ...Filter) []Request {
	w.t.Helper()
	return w.requests(first(filter), 0)
}

// Recorded waits until there are so many requests; the test ends where they do not come.
func (w *World) Recorded(filter ...Filter) []Request {
	w.t.Helper()
	wanted := first(filter)
	if wanted.Count == 0 {
		wanted.Count = 1
	}
	if wanted.Timeout == 0 {
		wanted.Timeout = 5 * time.Second
	}
	deadline := time.Now().Add(wanted.Timeout)
	found := w.requests(wanted, 0)
	for len(found) < wanted.Count {
		left := time.Until(deadline)
		if left <= 0 {
			w.t.Fatalf("grantor: %d of %d requests came within %s (%+v)", len(found), wanted.Count, wanted.Timeout, wanted)
		}
		if len(found) > 0 {
			wanted.After = found[len(found)-1].ID
		}
		found = append(found, w.requests(wanted, min(int(left.Milliseconds())+1, 30_000))...)
	}
	return found
}

// ClearRecorded forgets what was asked.
func (w *World) ClearRecorded() {
	w.t.Helper()
	w.call("DELETE", "/requests", nil, nil)
}

func (w *World) requests(filter Filter, waitMs int) []Request {
	w.t.Helper()
	var told struct{ Requests []Request }
	path := "/requests" + query(map[string]string{
		"endpoint": filter.Endpoint, "clientId": filter.ClientID, "status": number(filter.Status), "after": filter.After,
		"waitMs": number(waitMs),
	})
	w.call("GET", path, nil, &told)
	return told.Requests
}

// Message is what a person was sent.
type Message struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Kind is email, sms or push.
	Kind    string   `json:"kind"`
	To      string   `json:"to"`
	Subject string   `json:"subject"`
	Text    string   `json:"text"`
	HTML    string   `json:"html"`
	Code    string   `json:"code"`
	Links   []string `json:"links"`
}

// Mail says which messages are meant; nothing said, all.
type Mail struct {
	To   string
	Kind string
	// Wait is for how long a message is waited for.
	Wait time.Duration
}

// Outbox are the messages to people, the oldest first.
func (w *World) Outbox(filter ...Mail) []Message {
	w.t.Helper()
	wanted := first(filter)
	var told struct{ Messages []Message }
	words := map[string]string{"to": wanted.To, "kind": wanted.Kind, "waitMs": number(int(wanted.Wait.Milliseconds()))}
	w.call("GET", "/outbox"+query(words), nil, &told)
	return told.Messages
}

// ClearOutbox forgets the messages.
func (w *World) ClearOutbox() {
	w.t.Helper()
	w.call("DELETE", "/outbox", nil, nil)
}

func first[T any](given []T) T {
	var none T
	if len(given) == 0 {
		return none
	}
	return given[0]
}

func query(words map[string]string) string {
	values := url.Values{}
	for name, value := range words {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}
