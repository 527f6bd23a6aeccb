// Package grantortest starts an OAuth 2.0 and OpenID Connect server for tests, and gives each test a world of its own: an issuer, an
// application, a user, a clock.
//
//	func TestExpired(t *testing.T) {
//		world := grantortest.Start(t).World(t)
//		token := world.Mint(grantortest.Mint{Username: world.User().Username, Scope: "openid"}).Token
//		world.Clock().Advance(time.Hour)
//		…
//	}
//
// The program is the one of GRANTOR_BINARY, or `grantor` on PATH; with GRANTOR_URL a server that runs already is used. Whatever a
// control is refused ends the test.
package grantortest

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// Options say how a server is started; none need be said.
type Options struct {
	// URL is the origin of a server that runs already. Without it GRANTOR_URL, without that a process of its own.
	URL string
	// ControlKey is asked for where the server is reached by others; without it GRANTOR_CONTROL_KEY.
	ControlKey string
	// Binary is the program, in place of GRANTOR_BINARY and of `grantor` on PATH.
	Binary string
	// Args are more words for `grantor dev`.
	Args []string
	// Seeds are files of worlds that are there from the start.
	Seeds []string
}

// Grantor is a server.
type Grantor struct {
	// URL is its origin.
	URL string
	// Environment is what the env file of a started process says.
	Environment map[string]string
	calls       *calls
	process     *process
}

// String is its origin: what its environment says is secret.
func (g *Grantor) String() string { return "Grantor(" + g.URL + ")" }

// GoString is the same.
func (g *Grantor) GoString() string { return g.String() }

// String is without the key.
func (o Options) String() string {
	return fmt.Sprintf("Options(URL=%s Binary=%s Args=%s Seeds=%s)", o.URL, o.Binary, o.Args, o.Seeds)
}

// GoString is the same.
func (o Options) GoString() string { return o.String() }

// Start starts a server that ends with the test.
func Start(t testing.TB, options ...Options) *Grantor {
	t.Helper()
	grantor, err := Launch(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(grantor.Close)
	return grantor
}

// Launch starts a server for many tests, in TestMain; Close ends it.
func Launch(options ...Options) (*Grantor, error) {
	if len(options) > 1 {
		return nil, errors.New("grantor: a server is started by one Options")
	}
	chosen := first(options)
	url := chosen.URL
	if url != "" && (chosen.Binary != "" || len(chosen.Args) > 0 || len(chosen.Seeds) > 0) {
		return nil, errors.New("grantor: Binary, Args and Seeds would start a process, and URL names one that runs already: say one of them")
	}
	if url == "" && chosen.Binary == "" && len(chosen.Args) == 0 && len(chosen.Seeds) == 0 {
		url = os.Getenv("GRANTOR_URL")
	}
	if url != "" {
		key := chosen.ControlKey
		if key == "" {
			key = os.Getenv("GRANTOR_CONTROL_KEY")
		}
		reached, err := reach(url, key, os.Getenv("GRANTOR_CA"))
		if err != nil {
			return nil, err
		}
		return &Grantor{URL: reached.url, Environment: map[string]string{}, calls: reached}, nil
	}
	started, err := start(chosen)
	if err != nil {
		return nil, err
	}
	told := started.environment
	reached, err := reach(told["authPath"], told["GRANTOR_CONTROL_KEY"], told["GRANTOR_CA"])
	if err != nil {
		started.end()
		return nil, err
	}
	return &Grantor{URL: reached.url, Environment: told, calls: reached, process: started}, nil
}

// Close ends the process, where it was started here.
func (g *Grantor) Close() {
	g.calls.client.CloseIdleConnections()
	if g.process != nil {
		g.process.end()
	}
}

// World makes an environment of its own, which ends with the test.
func (g *Grantor) World(t testing.TB, wanted ...WorldOptions) *World {
	t.Helper()
	body := first(wanted)
	world := &World{t: t, calls: g.calls}
	if err := g.calls.call("POST", "/worlds", body, world); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test may have deleted it itself.
		_ = g.calls.call("DELETE", "/worlds/"+world.ID, nil, nil)
	})
	return world
}

// Open has the controls of an environment that is there.
func (g *Grantor) Open(t testing.TB, id string) *World {
	t.Helper()
	world := &World{t: t, calls: g.calls}
	if err := g.calls.call("GET", "/worlds/"+id, nil, world); err != nil {
		t.Fatal(err)
	}
	return world
}

// Listed is an environment of the server.
type Listed struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Issuer    string `json:"issuer"`
	APIURL    string `json:"apiUrl"`
	Discovery string `json:"discovery"`
}

// Worlds are the environments of the server.
func (g *Grantor) Worlds(t testing.TB) []Listed {
	t.Helper()
	var told struct{ Worlds []Listed }
	if err := g.calls.call("GET", "/worlds", nil, &told); err != nil {
		t.Fatal(err)
	}
	return told.Worlds
}

// Error is what the server refused.
type Error struct {
	Status  int    `json:"-"`
	Code    string `json:"error"`
	Message string `json:"message"`
	At      string `json:"at"`
}

func (e *Error) Error() string {
	if e.At == "" {
		return "grantor: " + e.Message
	}
	return fmt.Sprintf("grantor: %s (at %s)", e.Message, e.At)
}
