package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// walk is one run: what was made so far, by the names in which bodies and shapes refer to it, and what was found.
type walk struct {
	ctx            context.Context
	sdk            *management.APIClient
	wire           *wire
	names          map[string]string
	ends           []func()
	passed, failed int
}

// id is that of what was made under the name; what was never made has one that nothing has.
func (w *walk) id(name string) string {
	if id, ok := w.names[name]; ok {
		return id
	}
	return "00000000-0000-4000-8000-000000000000"
}

// env is the environment that the walk made for itself.
func (w *walk) env() string { return w.id("environment") }

// fill puts ids and words for their names in angle brackets.
func (w *walk) fill(source string) string {
	pairs := make([]string, 0, 2*len(w.names))
	for name, value := range w.names {
		pairs = append(pairs, "<"+name+">", value)
	}
	return strings.NewReplacer(pairs...).Replace(source)
}

// shape is what is expected, with the names in it filled in.
func (w *walk) shape(source string) any { return parse(w.fill(source)) }

// check counts one thing looked at. The faults of the exchange are among its own.
func (w *walk) check(name string, found ...string) bool {
	found = append(found, w.wire.faults...)
	w.wire.faults = nil
	if len(found) == 0 {
		w.passed++
		fmt.Println("ok", name)
		return true
	}
	w.failed++
	fmt.Printf("FAILED %s: %s\n", name, strings.Join(found, "; "))
	return false
}

// answer is what the SDK makes of a call; only its error is looked at, and only where the answer was one that it must take.
type answer = func() (any, *http.Response, error)

// call makes one call and holds its raw answer against code, shape and links. It gives the body of an answer with the right code.
func (w *walk) call(name string, status int, shape any, links string, call answer) map[string]any {
	w.wire.reset()
	_, _, err := guarded(call)
	body, found := w.answered(status, shape, links)
	if status < 300 && err != nil {
		found = append(found, "the SDK says: "+err.Error())
	}
	if len(found) > 0 {
		found = append(found, w.wire.told())
	}
	w.check(name, found...)
	return body
}

// answered compares the last answer.
func (w *walk) answered(status int, shape any, links string) (body map[string]any, found []string) {
	if w.wire.status != status {
		return nil, []string{fmt.Sprintf("status %d, not %d", w.wire.status, status)}
	}
	if shape == nil {
		return map[string]any{}, nil
	}
	body, ok := parseBody(w.wire.body)
	if !ok {
		return nil, []string{"no JSON object"}
	}
	found = differences(shape, body, "")
	return body, append(found, linked(body, links)...)
}

// linked compares the names of links; one with a `?` behind it may be missing, and an empty text says nothing about any.
func linked(body map[string]any, links string) []string {
	there := strings.Fields(linkNames(body))
	var wanted []string
	for _, name := range strings.Fields(links) {
		bare, optional := strings.CutSuffix(name, "?")
		if !optional || slices.Contains(there, bare) {
			wanted = append(wanted, bare)
		}
	}
	slices.Sort(wanted)
	if have := linkNames(body); links != "" && have != strings.Join(wanted, " ") {
		return []string{fmt.Sprintf("links are %q, not %q", have, strings.Join(wanted, " "))}
	}
	return nil
}

func parseBody(raw []byte) (map[string]any, bool) {
	if !json.Valid(raw) {
		return nil, false
	}
	body, ok := parse(string(raw)).(map[string]any)
	return body, ok
}

// guarded turns a panic inside an SDK, which a wrong answer can cause, into an error.
func guarded(call answer) (value any, response *http.Response, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
		}
	}()
	return call()
}

// bare is an answer without a model.
func bare(response *http.Response, err error) (any, *http.Response, error) { return nil, response, err }

// as reads a body into the SDK's own model, which writes it again for the request.
func as[T any](body string) (model T) {
	if err := json.Unmarshal([]byte(body), &model); err != nil {
		panic(fmt.Sprintf("%v in %s", err, body))
	}
	return model
}

// drain follows a list to its last page.
func drain(pages management.EntityArrayPagedIterator) error {
	count := 0
	for _, err := range pages {
		if err != nil {
			return err
		}
		if count++; count > 20 {
			return fmt.Errorf("a list of more than 20 pages")
		}
	}
	return nil
}

// end takes away what stayed, the last first.
func (w *walk) end() {
	for _, last := range slices.Backward(w.ends) {
		last()
	}
}
