package grantortest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Event is what happened; members that a kind has not are empty.
type Event struct {
	// Kind is request, refusal, message, clock or lost.
	Kind  string `json:"-"`
	World string `json:"world"`
	// Request is there of a request, Message of a message.
	Request *Request `json:"request"`
	Message *Message `json:"message"`
	// ID, Endpoint, Status, ClientID and Reason are there of a refusal.
	ID       string `json:"id"`
	Endpoint string `json:"endpoint"`
	Status   int    `json:"status"`
	ClientID string `json:"clientId"`
	Reason   string `json:"reason"`
	// Now, Frozen and Rate are there of a clock.
	Now    *time.Time `json:"now"`
	Frozen bool       `json:"frozen"`
	Rate   float64    `json:"rate"`
	// Lost is how many were missed.
	Lost int `json:"lost"`
}

// Events is what happens in all worlds once it returns. The channel is closed when the context is done or the server ends; whoever stops
// reading has to end the context.
func (g *Grantor) Events(ctx context.Context) (<-chan Event, error) {
	request, err := g.calls.request(ctx, "GET", "/events", nil)
	if err != nil {
		return nil, err
	}
	answer, err := g.calls.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("grantor: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, &Error{Status: answer.StatusCode, Message: fmt.Sprintf("GET %s answered %d", request.URL, answer.StatusCode)}
	}
	told := make(chan Event)
	go func() {
		defer close(told)
		defer answer.Body.Close()
		read(ctx, bufio.NewReader(answer.Body), told)
	}()
	return told, nil
}

// read passes on server-sent events (WHATWG HTML 9.2) as the server writes them: one line of data for an event.
func read(ctx context.Context, lines *bufio.Reader, told chan<- Event) {
	kind := ""
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		member, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch member {
		case "event":
			kind = strings.TrimSpace(value)
		case "data":
			event := Event{Kind: kind}
			if json.Unmarshal([]byte(value), &event) != nil {
				return
			}
			select {
			case told <- event:
			case <-ctx.Done():
				return
			}
		}
	}
}
