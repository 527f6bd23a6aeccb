package grantortest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"
)

// WorldOptions say what is in a world; none need be said.
type WorldOptions struct {
	Name string `json:"name,omitempty"`
	// Seed is in the shapes of the management API.
	Seed  any           `json:"seed,omitempty"`
	Clock *ClockOptions `json:"clock,omitempty"`
}

// ClockOptions are the clock that a world is made with.
type ClockOptions struct {
	Now    *time.Time `json:"now,omitempty"`
	Frozen bool       `json:"frozen,omitempty"`
	Rate   *float64   `json:"rate,omitempty"`
}

// World is an environment, and its controls.
type World struct {
	ID        string `json:"id"`
	Issuer    string `json:"issuer"`
	APIURL    string `json:"apiUrl"`
	Discovery string `json:"discovery"`
	// Worker administers this world alone, with a token by client_credentials.
	Worker       Worker        `json:"worker"`
	Applications []Application `json:"applications"`
	Users        []User        `json:"users"`
	t            testing.TB
	calls        *calls
}

// Worker is an application that administers.
type Worker struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

// Application is a client.
type Application struct {
	Name         string   `json:"name"`
	ID           string   `json:"id"`
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"`
	RedirectURIs []string `json:"redirectUris"`
}

// User is a person; the password is told as long as it is the one that they were made with.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// String is its issuer.
func (w *World) String() string { return "World(" + w.Issuer + ")" }

// GoString is the same.
func (w *World) GoString() string { return w.String() }

// String is without the secret, which does not belong into the log of a test.
func (w Worker) String() string { return "Worker(" + w.ClientID + ")" }

// GoString is the same.
func (w Worker) GoString() string { return w.String() }

// String is without the secret, which does not belong into the log of a test.
func (a Application) String() string {
	return fmt.Sprintf("Application(%s %s %s %s)", a.Name, a.ID, a.ClientID, a.RedirectURIs)
}

// GoString is the same.
func (a Application) GoString() string { return a.String() }

// String is without the password, which does not belong into the log of a test.
func (u User) String() string { return fmt.Sprintf("User(%s %s)", u.Username, u.ID) }

// GoString is the same.
func (u User) GoString() string { return u.String() }

// Application is the first one.
func (w *World) Application() Application { return w.Applications[0] }

// User is the first one.
func (w *World) User() User { return w.Users[0] }

// Mint is a token that is wanted; a zero one is an access token of the application's own.
type Mint struct {
	Kind         string         `json:"kind"`
	ClientID     string         `json:"clientId,omitempty"`
	Username     string         `json:"username,omitempty"`
	Subject      string         `json:"subject,omitempty"`
	Scope        string         `json:"scope,omitempty"`
	Audience     []string       `json:"audience,omitempty"`
	Claims       map[string]any `json:"claims,omitempty"`
	RemoveClaims []string       `json:"removeClaims,omitempty"`
	// ExpiresIn is a number of seconds in the place of the usual.
	ExpiresIn *int   `json:"expiresIn,omitempty"`
	Algorithm string `json:"algorithm,omitempty"`
	// Wrong is one thing that is wrong: expired, notYetValid, issuer, audience, signature, algNone, unknownKid or typ.
	Wrong string `json:"wrong,omitempty"`
}

// Minted is a token and what it says; of a refresh token it says nothing.
type Minted struct {
	Token  string         `json:"token"`
	Claims map[string]any `json:"claims"`
	Header map[string]any `json:"header"`
}

// String is without the token, which does not belong into the log of a test.
func (m Minted) String() string { return fmt.Sprintf("Minted(%v %v)", m.Header, m.Claims) }

// GoString is the same.
func (m Minted) GoString() string { return m.String() }

// Mint makes a token without a flow.
func (w *World) Mint(wanted Mint) Minted {
	w.t.Helper()
	if wanted.Kind == "" {
		wanted.Kind = "access"
	}
	var made Minted
	w.call("POST", "/tokens", wanted, &made)
	return made
}

// Next is what the next request of an endpoint is answered with, by exactly one of the members from Refuse on.
type Next struct {
	Endpoint string `json:"endpoint"`
	ClientID string `json:"clientId,omitempty"`
	Times    int    `json:"times,omitempty"`

	Refuse     string      `json:"refuse,omitempty"`
	Claims     *NextClaims `json:"claims,omitempty"`
	DelayMs    int         `json:"delayMs,omitempty"`
	Drop       bool        `json:"drop,omitempty"`
	Malformed  bool        `json:"malformed,omitempty"`
	Status     int         `json:"status,omitempty"`
	RetryAfter int         `json:"retryAfter,omitempty"`
}

// NextClaims are other claims in what is given.
type NextClaims struct {
	Set    map[string]any `json:"set,omitempty"`
	Remove []string       `json:"remove,omitempty"`
}

// Next chooses an answer, and gives the id of the choice.
func (w *World) Next(choice Next) string {
	w.t.Helper()
	var made struct{ ID string }
	w.call("POST", "/next", choice, &made)
	return made.ID
}

// ClearNext takes back all choices that were not given yet.
func (w *World) ClearNext() {
	w.t.Helper()
	w.call("DELETE", "/next", nil, nil)
}

// RotateKey makes a key that signs from now on, and gives its kid; the one before stays published.
func (w *World) RotateKey(algorithm ...string) string {
	w.t.Helper()
	body := map[string]string{}
	if len(algorithm) > 0 {
		body["algorithm"] = algorithm[0]
	}
	var made struct{ Kid string }
	w.call("POST", "/keys", body, &made)
	return made.Kid
}

// Of says whose things expire; nothing said, everybody's.
type Of struct {
	ClientID string
	Username string
}

// Expire ends codes, accessTokens, refreshTokens, sessions or flows before their time, and gives how many lived.
func (w *World) Expire(what string, of ...Of) int {
	w.t.Helper()
	body := map[string]string{"what": what}
	for _, one := range of {
		if one.ClientID != "" {
			body["clientId"] = one.ClientID
		}
		if one.Username != "" {
			body["username"] = one.Username
		}
	}
	var told struct{ Expired int }
	w.call("POST", "/expire", body, &told)
	return told.Expired
}

// Reset makes it as it was when it was made.
func (w *World) Reset() {
	w.t.Helper()
	w.call("POST", "/reset", nil, nil)
}

// Snapshot keeps what there is, and gives the id that Restore takes.
func (w *World) Snapshot() string {
	w.t.Helper()
	var made struct{ ID string }
	w.call("POST", "/snapshots", nil, &made)
	return made.ID
}

// Restore makes it as it was at the snapshot.
func (w *World) Restore(snapshot string) {
	w.t.Helper()
	w.call("POST", "/snapshots/"+url.PathEscape(snapshot)+"/restore", nil, nil)
}

// Settings say who signs on without a form.
type Settings struct {
	AutoSignOn       *string `json:"autoSignOn,omitempty"`
	LoginHintSignsOn *bool   `json:"loginHintSignsOn,omitempty"`
}

// Settings changes who signs on without a form, and tells it; nothing said, it only tells.
func (w *World) Settings(change ...Settings) Settings {
	w.t.Helper()
	var told Settings
	if len(change) > 0 {
		w.call("PUT", "/settings", change[0], &told)
	} else {
		w.call("GET", "/settings", nil, &told)
	}
	return told
}

// Delete ends it before the test does.
func (w *World) Delete() {
	w.t.Helper()
	w.call("DELETE", "", nil, nil)
}

func (w *World) call(method, path string, body, into any) {
	w.t.Helper()
	if err := w.calls.call(method, "/worlds/"+w.ID+path, body, into); err != nil {
		w.t.Fatal(err)
	}
}

// Clock is the clock of the world.
func (w *World) Clock() Clock { return Clock{w} }

// Clock is the clock of a world; each of its controls tells what it shows then.
type Clock struct{ world *World }

// ClockState is what a clock shows.
type ClockState struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	// Rate is the number of seconds in one of the machine's.
	Rate float64 `json:"rate"`
}

// Get tells what it shows.
func (c Clock) Get() ClockState { c.world.t.Helper(); return c.turn("GET", nil) }

// Now is the time that it shows.
func (c Clock) Now() time.Time { c.world.t.Helper(); return c.Get().Now }

// Set turns it to a time.
func (c Clock) Set(now time.Time) ClockState {
	c.world.t.Helper()
	return c.turn("PUT", map[string]any{"now": now.UTC().Format("2006-01-02T15:04:05.000Z")})
}

// Advance turns it so much further, or back.
func (c Clock) Advance(by time.Duration) ClockState {
	c.world.t.Helper()
	return c.turn("PUT", map[string]any{"advance": by.Seconds()})
}

// Freeze stops it.
func (c Clock) Freeze() ClockState {
	c.world.t.Helper()
	return c.turn("PUT", map[string]any{"frozen": true})
}

// Unfreeze lets it go on.
func (c Clock) Unfreeze() ClockState {
	c.world.t.Helper()
	return c.turn("PUT", map[string]any{"frozen": false})
}

// Rate makes it so many times as fast as the machine's.
func (c Clock) Rate(rate float64) ClockState {
	c.world.t.Helper()
	return c.turn("PUT", map[string]any{"rate": rate})
}

func (c Clock) turn(method string, change any) ClockState {
	c.world.t.Helper()
	var told ClockState
	c.world.call(method, "/clock", change, &told)
	return told
}

// Hashed is how the recorder shows a secret, a code or a token.
func Hashed(value string) string {
	sum := sha256.Sum256([]byte(value))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func number(value int) string {
	if value == 0 {
		return ""
	}
	return strconv.Itoa(value)
}
