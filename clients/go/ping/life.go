package main

import (
	"fmt"
	"net/http"
	"strings"
)

// kind is one object of the management API: how the SDK makes its calls, and what the contract says of the answers.
type kind struct {
	// name is that of the checks, and of the one that stays.
	name string
	// path is where they are, below the API's base; plural is the list's name in `_embedded`.
	path, plural string
	// minimal and full are bodies with as little and as much as it takes; put is another than full for where full cannot be replaced, and
	// then is laid over what was there.
	minimal, full, put string
	// adds is what the server says beside what was sent, fullAdds what else when it was much; hides are the members that it never says.
	adds, fullAdds, hides string
	// links are the names of all links.
	links string
	// created is the code of a creation, when it is not 201.
	created int
	// stays is for what later parts refer to.
	stays bool

	create  func(w *walk, body string) (any, *http.Response, error)
	read    func(w *walk, id string) (any, *http.Response, error)
	list    func(w *walk) error
	replace func(w *walk, id, body string) (any, *http.Response, error)
	remove  func(w *walk, id string) (*http.Response, error)
}

// run is a whole life with the minimal body, and another with the full one, which may stay.
func (k kind) run(w *walk) {
	if id := k.made(w, "minimal", k.minimal, ""); id != "" {
		k.seen(w, "minimal", id, k.expected(w, k.minimal, ""))
		k.replaced(w, id)
		k.gone(w, "minimal", id)
	}
	if k.full == "" {
		return
	}
	id := k.made(w, "full", k.full, k.fullAdds)
	if id == "" {
		return
	}
	k.seen(w, "full", id, k.expected(w, k.full, k.fullAdds))
	if k.stays {
		w.names[k.name] = id
		w.ends = append(w.ends, func() { k.gone(w, "full", id) })
	} else {
		k.gone(w, "full", id)
	}
}

// expected is the shape of an answer to a body.
func (k kind) expected(w *walk, body, more string) any {
	shape := w.shape(k.adds)
	if more != "" {
		shape = over(shape, w.shape(more))
	}
	return k.told(over(shape, w.shape(body)))
}

// told is without what the server never says.
func (k kind) told(shape any) any {
	object, _ := shape.(map[string]any)
	for _, name := range strings.Fields(k.hides) {
		delete(object, name)
	}
	return object
}

func (k kind) made(w *walk, which, body, more string) string {
	status := http.StatusCreated
	if k.created != 0 {
		status = k.created
	}
	sent := w.fill(body)
	answer := w.call(k.name+" made "+which, status, k.expected(w, body, more), k.links, func() (any, *http.Response, error) { return k.create(w, sent) })
	id, _ := answer["id"].(string)
	if answer != nil {
		w.check(k.name+" is where its link says, "+which, k.misplaced(w, answer, id)...)
	}
	return id
}

// misplaced says when the link to the object itself is not the address at which the SDK asked for it.
func (k kind) misplaced(w *walk, answer map[string]any, id string) []string {
	links, _ := answer["_links"].(map[string]any)
	self, _ := links["self"].(map[string]any)
	if want := w.id("api") + w.fill(k.path) + "/" + id; self["href"] != want {
		return []string{fmt.Sprintf("self is %v, not %s", self["href"], want)}
	}
	return nil
}

// seen reads the object by itself and in its list.
func (k kind) seen(w *walk, which, id string, shape any) {
	if k.read != nil {
		w.call(k.name+" read "+which, http.StatusOK, shape, k.links, func() (any, *http.Response, error) { return k.read(w, id) })
	}
	if k.list == nil {
		return
	}
	w.wire.reset()
	_, _, err := guarded(func() (any, *http.Response, error) { return nil, nil, k.list(w) })
	found := k.listed(w, id, shape)
	if err != nil {
		found = append(found, "the SDK says: "+err.Error())
	}
	w.check(k.name+" listed "+which, found...)
}

// listed looks for the object on the last page.
func (k kind) listed(w *walk, id string, shape any) []string {
	page, found := w.answered(http.StatusOK, parse(`{"_embedded":{"`+k.plural+`":["<each>","<any>"]},"count ?":"<number>","size ?":"<number>"}`), "")
	if len(found) > 0 {
		return append(found, w.wire.told())
	}
	if names := linkNames(page); names != "self" && names != "prev self" {
		found = append(found, fmt.Sprintf("the last page has the links %q", names))
	}
	embedded, _ := page["_embedded"].(map[string]any)
	rows, _ := embedded[k.plural].([]any)
	for _, row := range rows {
		row, _ := row.(map[string]any)
		if row["id"] == id {
			return append(append(found, differences(shape, row, "row")...), linked(row, k.links)...)
		}
	}
	return append(found, fmt.Sprintf("not among %d rows", len(rows)))
}

// replaced puts much in place of little, and little in place of much: what is not said any more is gone.
func (k kind) replaced(w *walk, id string) {
	if k.replace == nil {
		return
	}
	much, shape := k.full, k.expected(w, k.full, k.fullAdds)
	if k.put != "" {
		much, shape = k.put, k.told(over(k.expected(w, k.minimal, ""), w.shape(k.put)))
	}
	for _, step := range []struct {
		name, body string
		shape      any
	}{{"replaced by much", much, shape}, {"replaced by little", k.minimal, k.expected(w, k.minimal, "")}} {
		body := w.fill(step.body)
		w.call(k.name+" "+step.name, http.StatusOK, step.shape, k.links, func() (any, *http.Response, error) { return k.replace(w, id, body) })
		if k.read != nil {
			w.call(k.name+" read, "+step.name, http.StatusOK, step.shape, k.links, func() (any, *http.Response, error) { return k.read(w, id) })
		}
	}
}

// gone ends the object and asks for it once more.
func (k kind) gone(w *walk, which, id string) {
	w.call(k.name+" removed "+which, http.StatusNoContent, nil, "", func() (any, *http.Response, error) { return bare(k.remove(w, id)) })
	if k.read != nil {
		w.call(k.name+" is gone, "+which, http.StatusNotFound, parse(notFound), "", func() (any, *http.Response, error) { return k.read(w, id) })
	}
}

// step is one call and what is expected of it.
type step struct {
	name   string
	status int
	// shape of the answer; empty where there is no body.
	shape, links string
	call         func(w *walk) (any, *http.Response, error)
	// keeps is the name that the answer's id is kept under.
	keeps string
}

func (s step) run(w *walk) {
	var shape any
	if s.shape != "" {
		shape = w.shape(s.shape)
	}
	answer := w.call(s.name, s.status, shape, s.links, func() (any, *http.Response, error) { return s.call(w) })
	if id, ok := answer["id"].(string); ok && s.keeps != "" {
		w.names[s.keeps] = id
	}
}

// find looks for what is there without anybody having made it, and keeps its id.
type find struct {
	// name is that of the checks, and the one that the id is kept under.
	name, path, plural string
	// by is the member that tells it, with its value.
	by, value    string
	shape, links string
	list         func(w *walk) error
	read         func(w *walk, id string) (any, *http.Response, error)
}

func (f find) run(w *walk) {
	w.wire.reset()
	_, _, err := guarded(func() (any, *http.Response, error) { return nil, nil, f.list(w) })
	page, ok := parseBody(w.wire.body)
	embedded, _ := page["_embedded"].(map[string]any)
	rows, _ := embedded[f.plural].([]any)
	for _, row := range rows {
		if row, _ := row.(map[string]any); row[f.by] == f.value {
			id, _ := row["id"].(string)
			w.names[f.name] = id
			kind{name: f.name, plural: f.plural, links: f.links, list: f.list, read: f.read}.seen(w, "as it was from the start", id, w.shape(f.shape))
			return
		}
	}
	w.check(f.name+" found", fmt.Sprintf("not among %d rows (%v, %v): %s", len(rows), ok, err, w.wire.told()))
}

// What the answers have in common.
const (
	inEnvironment = `"id":"<uuid>","environment":{"id":"<environment>"}`
	stamped       = inEnvironment + `,"createdAt":"<time>","updatedAt":"<time>"`
	notFound      = `{"id":"<uuid>","code":"NOT_FOUND","message":"<text>","details ?":["<each>","<any>"]}`
)

// refusal is the shape of a refusal with one reason.
func refusal(code, detail, target string) string {
	return fmt.Sprintf(`{"id":"<uuid>","code":%q,"message":"<text>","details":[{"code":%q,"target":%q,"message":"<text>","innerError ?":"<any>"}]}`, code, detail, target)
}
