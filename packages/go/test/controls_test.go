// Package example is a project that has the module from its archive, and nothing else.
package example

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantor/grantor/packages/go/grantortest"
)

var grantor *grantortest.Grantor

func TestMain(m *testing.M) {
	started, err := grantortest.Launch()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	grantor = started
	status := m.Run()
	grantor.Close()
	os.Exit(status)
}

type answer struct {
	status       int
	Error        string `json:"error"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	Active       bool   `json:"active"`
}

func posted(t *testing.T, world *grantortest.World, path string, words ...string) answer {
	t.Helper()
	form := url.Values{"client_id": {world.Application().ClientID}, "client_secret": {world.Application().ClientSecret}}
	for at := 0; at < len(words); at += 2 {
		form.Set(words[at], words[at+1])
	}
	response, err := http.PostForm(world.Issuer+path, form)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	told := answer{status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(&told); err != nil {
		t.Fatal(err)
	}
	return told
}

func expect[T comparable](t *testing.T, came, expected T) {
	t.Helper()
	if came != expected {
		t.Fatalf("%v came, not %v", came, expected)
	}
}

func TestFirstToken(t *testing.T) {
	began := time.Now()
	grantortest.Start(t).World(t).Mint(grantortest.Mint{})
	fmt.Printf("first token after %d ms\n", time.Since(began).Milliseconds())
}

func TestATokenEndsWhenTheClockMovesPastItsExpiry(t *testing.T) {
	world, minute := grantor.World(t), 60
	minted := world.Mint(grantortest.Mint{Username: world.User().Username, Scope: "openid", ExpiresIn: &minute})
	expect(t, minted.Claims["sub"].(string), world.User().ID)
	expect(t, posted(t, world, "/introspect", "token", minted.Token).Active, true)
	world.Clock().Advance(61 * time.Second)
	expect(t, posted(t, world, "/introspect", "token", minted.Token).Active, false)
	world.Clock().Set(time.Now())
	expect(t, posted(t, world, "/introspect", "token", minted.Token).Active, true)
	expect(t, world.Clock().Freeze().Frozen, true)
	expect(t, world.Clock().Unfreeze().Frozen, false)
	expect(t, world.Clock().Rate(60).Rate, 60)
}

func TestARotatedKeySignsAndTheOneBeforeStaysPublished(t *testing.T) {
	world := grantor.World(t)
	old, kid := world.Mint(grantortest.Mint{}), world.RotateKey()
	expect(t, world.Mint(grantortest.Mint{}).Header["kid"].(string), kid)
	expect(t, world.Mint(grantortest.Mint{Algorithm: "ES256"}).Header["alg"].(string), "ES256")
	response, err := http.Get(world.Issuer + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	published := map[string]bool{}
	for _, key := range set.Keys {
		published[key.Kid] = true
	}
	expect(t, published[kid] && published[old.Header["kid"].(string)], true)
}

func TestARefreshTokenThatWasEndedIsRefused(t *testing.T) {
	world := grantor.World(t)
	value := world.Mint(grantortest.Mint{Kind: "refresh", Username: world.User().Username, Scope: "openid"}).Token
	redeemed := posted(t, world, "/token", "grant_type", "refresh_token", "refresh_token", value)
	expect(t, redeemed.status, 200)
	if redeemed.RefreshToken != "" {
		value = redeemed.RefreshToken
	}
	expect(t, world.Expire("refreshTokens", grantortest.Of{Username: world.User().Username}), 1)
	refused := posted(t, world, "/token", "grant_type", "refresh_token", "refresh_token", value)
	expect(t, refused, answer{status: 400, Error: "invalid_grant"})
}

func TestAClientIsRefusedWhenTheTestSaysSoAndOnce(t *testing.T) {
	world := grantor.World(t)
	world.Next(grantortest.Next{Endpoint: "token", Refuse: "secret_wrong"})
	expect(t, posted(t, world, "/token", "grant_type", "client_credentials"), answer{status: 401, Error: "invalid_client"})
	world.Next(grantortest.Next{Endpoint: "token", Status: 429, RetryAfter: 2})
	world.ClearNext()
	expect(t, posted(t, world, "/token", "grant_type", "client_credentials").status, 200)
}

func TestWorldsThatAreMadeAtTheSameTimeKnowNothingOfEachOther(t *testing.T) {
	worlds := make([]*grantortest.World, 20)
	var all sync.WaitGroup
	for at := range worlds {
		all.Add(1)
		go func(at int) {
			defer all.Done()
			worlds[at] = grantor.World(t)
		}(at)
	}
	all.Wait()
	issuers := map[string]bool{}
	for _, world := range worlds {
		issuers[world.Issuer] = true
	}
	expect(t, len(issuers), 20)
	value := worlds[0].Mint(grantortest.Mint{}).Token
	expect(t, posted(t, worlds[0], "/introspect", "token", value).Active, true)
	expect(t, posted(t, worlds[1], "/introspect", "token", value).Active, false)
	worlds[0].Delete()
	for _, listed := range grantor.Worlds(t) {
		expect(t, listed.ID != worlds[0].ID, true)
	}
}

func TestTheRecorderTellsWhatWasAskedAndGaveAndWaitsForIt(t *testing.T) {
	world := grantor.World(t)
	later := make(chan []grantortest.Request, 1)
	go func() {
		// It is closed as well where the requests do not come, which ends this goroutine alone.
		defer close(later)
		later <- world.Recorded(grantortest.Filter{Endpoint: "token", Count: 2})
	}()
	given := posted(t, world, "/token", "grant_type", "client_credentials")
	expect(t, len(world.Recorded(grantortest.Filter{Endpoint: "token"})), 1)
	posted(t, world, "/token", "grant_type", "client_credentials", "client_secret", "wrong")
	requests := <-later
	if len(requests) != 2 {
		t.Fatalf("%d requests came", len(requests))
	}
	expect(t, requests[0].Gave[0], grantortest.Hashed(given.AccessToken))
	expect(t, requests[0].Form["client_secret"].(string), grantortest.Hashed(world.Application().ClientSecret))
	expect(t, requests[1].Status, 401)
	expect(t, requests[1].Reason, "secret_wrong")
	world.ClearRecorded()
	expect(t, len(world.Requests()), 0)
	twice, err := http.NewRequest("GET", world.Issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	twice.Header["X-Twice"] = []string{"one", "two"}
	answer, err := http.DefaultClient.Do(twice)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	expect(t, len(world.Requests()[0].Headers["x-twice"].([]any)), 2)
}

func TestSnapshotsResetsAndWhatIsWrong(t *testing.T) {
	then := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	world := grantor.World(t, grantortest.WorldOptions{Clock: &grantortest.ClockOptions{Now: &then, Frozen: true}})
	snapshot := world.Snapshot()
	world.Clock().Advance(24 * time.Hour)
	world.Restore(snapshot)
	expect(t, world.Clock().Now().Equal(then), true)
	jane := world.User().Username
	expect(t, *world.Settings(grantortest.Settings{AutoSignOn: &jane}).AutoSignOn, jane)
	world.Reset()
	expect(t, world.Settings().AutoSignOn == nil, true)
	expect(t, len(world.Outbox()), 0)
	expect(t, grantor.Open(t, world.ID).Issuer, world.Issuer)
	expect(t, world.Mint(grantortest.Mint{Wrong: "algNone"}).Header["alg"].(string), "none")
}

func TestWhatHappensIsToldAsItHappens(t *testing.T) {
	world := grantor.World(t)
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	events, err := grantor.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	posted(t, world, "/token", "grant_type", "client_credentials", "client_secret", "wrong")
	for told := range events {
		if told.Kind == "refusal" && told.World == world.ID {
			expect(t, told.Reason, "secret_wrong")
			stop()
			for range events {
			}
			return
		}
	}
	t.Fatal("it was not told")
}

func TestNoSecretIsPrinted(t *testing.T) {
	world := grantor.World(t)
	minted := world.Mint(grantortest.Mint{})
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		told := fmt.Sprintf(strings.Repeat(form+" ", 8), world, world.Worker, world.Applications, world.Users, minted, *world, grantor,
			grantortest.Options{ControlKey: "a-key-of-controls"})
		secrets := []string{world.Worker.ClientSecret, world.Application().ClientSecret, world.User().Password, minted.Token, "a-key-of-controls"}
		for _, secret := range secrets {
			if strings.Contains(told, secret) {
				t.Fatalf("%s tells %s: %s", form, secret, told)
			}
		}
	}
}

func TestWhatIsSaidOfAProcessAndOfOneThatRunsAlreadyIsRefused(t *testing.T) {
	for _, own := range []grantortest.Options{{Binary: "x"}, {Args: []string{"-v"}}, {Seeds: []string{"x"}}} {
		own.URL = grantor.URL
		_, err := grantortest.Launch(own)
		expect(t, err != nil && strings.Contains(err.Error(), "say one of them"), true)
	}
	_, err := grantortest.Launch(grantortest.Options{}, grantortest.Options{})
	expect(t, err != nil, true)
}

func TestASeedIsAWorldAndWhatDoesNotStartSaysWhy(t *testing.T) {
	file := t.TempDir() + "/seed.json"
	seed := `{"name": "Shop", "users": [{"username": "ada", "password": "a clear password", "email": "ada@example.com"}]}`
	if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	other := grantortest.Start(t, grantortest.Options{Seeds: []string{file}})
	shops := 0
	for _, listed := range other.Worlds(t) {
		if listed.Name == "Shop" {
			expect(t, other.Open(t, listed.ID).User().Username, "ada")
			shops++
		}
	}
	expect(t, shops, 1)
	reached, err := grantortest.Launch(grantortest.Options{URL: other.URL})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, len(reached.Worlds(t)), len(other.Worlds(t)))
	_, err = grantortest.Launch(grantortest.Options{Args: []string{"--bogus"}})
	expect(t, err != nil && strings.Contains(err.Error(), "did not start") && strings.Contains(err.Error(), "--bogus"), true)
}
