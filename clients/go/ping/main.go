// Ping's own Go SDKs against a Grantor: every object of the management API is made with as little and with as much as it takes,
// read, listed, replaced, read again and ended. Each answer is held raw against what the contract says: exact members and values,
// status code, links. What the SDKs' models would forgive, this does not.
//
// Reads authPath, apiPath, adminEnvID, adminAppID, adminAppSecret, orgID and licenseID of `grantor dev --env-file`. Its last
// line is `N passed, M failed`.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// part is one line of the plan: the life of an object, one call, or a look for what an environment has from the start.
type part interface{ run(w *walk) }

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	w := begin(ctx)
	for _, chapter := range [][]part{environments, directory, resources, keys, providers, policies, applications, roles, schemas, sessions} {
		for _, part := range chapter {
			part.run(w)
		}
	}
	newer(w)
	w.end()
	fmt.Printf("%d passed, %d failed\n", w.passed, w.failed)
	if w.failed > 0 {
		os.Exit(1)
	}
}

// begin signs the worker on and aims the management client, over plain HTTP, at what the environment file names.
func begin(ctx context.Context) *walk {
	wire := &wire{}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, wire.client())
	worker := clientcredentials.Config{
		ClientID:     need("adminAppID"),
		ClientSecret: need("adminAppSecret"),
		TokenURL:     need("authPath") + "/" + need("adminEnvID") + "/as/token",
	}
	token, err := worker.Token(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "no token for the worker:", err)
		os.Exit(1)
	}
	scheme, host, _ := strings.Cut(strings.TrimSuffix(need("apiPath"), "/v1"), "://")
	configuration := management.NewConfiguration()
	configuration.SetDefaultServerIndex(1)
	must(configuration.SetDefaultServerVariableDefaultValue("protocol", scheme))
	must(configuration.SetDefaultServerVariableDefaultValue("baseHostname", host))
	configuration.AddDefaultHeader("Authorization", "Bearer "+token.AccessToken)
	configuration.HTTPClient = wire.client()
	names := map[string]string{
		"api": need("apiPath"), "admins": need("adminEnvID"), "worker": need("adminAppID"),
		"organization": need("orgID"), "license": need("licenseID"),
		"tag": fmt.Sprintf("ping-%d", time.Now().UnixMilli()),
	}
	return &walk{ctx: ctx, sdk: management.NewAPIClient(configuration), wire: wire, names: names}
}

func need(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintln(os.Stderr, "missing environment variable "+name)
		os.Exit(2)
	}
	return value
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
