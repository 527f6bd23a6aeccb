package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// sessions are where a user is signed on; one comes of a sign-on, as everywhere.
var sessions = []part{
	step{
		name: "no session", status: 200, shape: `{"_embedded":{"sessions":[]},"count ?":0,"size ?":0}`, links: "self",
		call: listSessions,
	},
	signOn{},
	step{
		name: "sessions", status: 200, shape: `{"_embedded":{"sessions":[` + session + `]},"count ?":1,"size ?":1}`, links: "self",
		call: listSessions,
	},
	step{
		name: "session read", status: 200, shape: session, links: "environment self user",
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.SessionsApi.EnvironmentsEnvironmentIDUsersUserIDSessionsSessionIDGet(w.ctx, w.env(), w.id("user"), w.id("session")).Execute())
		},
	},
	step{
		name: "session ended", status: 204,
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.SessionsApi.EnvironmentsEnvironmentIDUsersUserIDSessionsSessionIDDelete(w.ctx, w.env(), w.id("user"), w.id("session")).Execute())
		},
	},
	step{
		name: "session is gone", status: 404, shape: notFound,
		call: func(w *walk) (any, *http.Response, error) {
			return bare(w.sdk.SessionsApi.EnvironmentsEnvironmentIDUsersUserIDSessionsSessionIDGet(w.ctx, w.env(), w.id("user"), w.id("session")).Execute())
		},
	},
}

func listSessions(w *walk) (any, *http.Response, error) {
	return bare(w.sdk.SessionsApi.EnvironmentsEnvironmentIDUsersUserIDSessionsGet(w.ctx, w.env(), w.id("user")).Execute())
}

// signOn takes the user through the flow of the single-page application.
type signOn struct{}

func (signOn) run(w *walk) {
	jar, err := cookiejar.New(nil)
	must(err)
	browser := &http.Client{Jar: jar}
	asked := url.Values{
		"client_id": {w.id("SINGLE_PAGE_APP")}, "response_type": {"code"}, "response_mode": {"pi.flow"}, "scope": {"openid"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	flow, err := told(browser.Get(need("authPath") + "/" + w.env() + "/as/authorize?" + asked.Encode()))
	if err != nil || flow["status"] != "USERNAME_PASSWORD_REQUIRED" {
		w.check("flow begun", fmt.Sprintf("%v %s", err, text(flow)))
		return
	}
	w.check("flow begun")
	credentials := w.fill(`{"username":"<tag>-full","password":"` + password + `"}`)
	address := fmt.Sprintf("%s/%s/flows/%s", need("authPath"), w.env(), flow["id"])
	done, err := told(browser.Post(address, "application/vnd.pingidentity.usernamePassword.check+json", strings.NewReader(credentials)))
	session, _ := done["session"].(map[string]any)
	id, _ := session["id"].(string)
	if err != nil || done["status"] != "COMPLETED" || id == "" {
		w.check("signed on", fmt.Sprintf("%v %s", err, text(done)))
		return
	}
	w.names["session"] = id
	w.check("signed on")
}

// told is the object that an answer is.
func told(response *http.Response, err error) (object map[string]any, _ error) {
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return object, json.NewDecoder(bytes.NewReader(body)).Decode(&object)
}

const session = `{"id":"<session>","environment":{"id":"<environment>"},"user":{"id":"<user>"},"createdAt":"<time>","expiresAt":"<time>",
	"lastSignOn":{"at":"<time>","withAuthenticator":{"pwd":{"at":"<time>"}}}}`
