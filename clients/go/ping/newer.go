package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/pingidentity/pingone-go-client/config"
	"github.com/pingidentity/pingone-go-client/oauth2"
	"github.com/pingidentity/pingone-go-client/pingone"
)

// newer walks an environment through Ping's newer client, whose models do refuse an answer that lacks what they require.
func newer(w *walk) {
	service := config.NewConfiguration().WithGrantType(oauth2.GrantTypeClientCredentials).
		WithClientID(need("adminAppID")).WithClientSecret(need("adminAppSecret")).WithEnvironmentID(need("adminEnvID")).
		WithRootDomain("grantor.test").WithStorageType(config.StorageTypeNone)
	configuration := pingone.NewConfiguration(service)
	configuration.HTTPClient = w.wire.client()
	client, err := pingone.NewAPIClient(w.ctx, configuration)
	if err != nil {
		w.check("newer client", err.Error())
		return
	}
	for _, part := range newerParts(client) {
		part.run(w)
	}
}

func newerParts(client *pingone.APIClient) []part {
	again := environment
	again.name, again.stays = "environment by the newer client", false
	again.minimal = `{"name":"<tag> newer","type":"SANDBOX","region":"NA","license":{"id":"<license>"}}`
	again.full = `{"name":"<tag> newer in full","description":"once more","type":"SANDBOX","region":"NA","license":{"id":"<license>"}}`
	again.create = func(w *walk, body string) (any, *http.Response, error) {
		return client.EnvironmentsApi.CreateEnvironment(w.ctx).EnvironmentCreateRequest(as[pingone.EnvironmentCreateRequest](body)).Execute()
	}
	again.read = func(w *walk, id string) (any, *http.Response, error) {
		return client.EnvironmentsApi.GetEnvironmentById(w.ctx, uuid.MustParse(id)).Execute()
	}
	again.list = func(w *walk) error {
		for _, err := range client.EnvironmentsApi.GetEnvironments(w.ctx).Execute() {
			if err != nil {
				return err
			}
		}
		return nil
	}
	again.replace = func(w *walk, id, body string) (any, *http.Response, error) {
		put := client.EnvironmentsApi.ReplaceEnvironmentById(w.ctx, uuid.MustParse(id))
		return put.EnvironmentReplaceRequest(as[pingone.EnvironmentReplaceRequest](body)).Execute()
	}
	again.remove = func(w *walk, id string) (*http.Response, error) {
		return client.EnvironmentsApi.DeleteEnvironmentById(w.ctx, uuid.MustParse(id)).Execute()
	}
	bill := func(name string, call func(w *walk) (any, *http.Response, error)) step {
		return step{name: name, status: 200, shape: `{"products":["<each>",` + product + `],"createdAt":"<time>","updatedAt":"<time>"}`,
			links: "environment self", call: call}
	}
	return []part{
		again,
		bill("bill of materials replaced by the newer client", func(w *walk) (any, *http.Response, error) {
			put := client.EnvironmentsApi.ReplaceBillOfMaterialsByEnvironmentId(w.ctx, uuid.MustParse(w.env()))
			body := as[pingone.EnvironmentBillOfMaterialsReplaceRequest](`{"products":[{"type":"PING_ONE_BASE"}]}`)
			return put.EnvironmentBillOfMaterialsReplaceRequest(body).Execute()
		}),
		bill("bill of materials read by the newer client", func(w *walk) (any, *http.Response, error) {
			return client.EnvironmentsApi.GetBillOfMaterialsByEnvironmentId(w.ctx, uuid.MustParse(w.env())).Execute()
		}),
		step{
			name: "total identities", status: 200, links: "self",
			shape: `{"_embedded":{"totalIdentities":["<each>",{"date":"<number>","totalIdentities":"<number>"}]},"count ?":"<number>","size ?":"<number>"}`,
			call: func(w *walk) (any, *http.Response, error) {
				today := time.Now().UTC().Format(time.DateOnly)
				get := client.DirectoryTotalIdentitiesApi.GetTotalIdentities(w.ctx, uuid.MustParse(w.env()))
				return get.Filter(`startDate eq "` + today + `T00:00:00Z"`).Execute()
			},
		},
		absence{client},
	}
}

// absence is told by a type of its own.
type absence struct{ client *pingone.APIClient }

func (a absence) run(w *walk) {
	w.wire.reset()
	_, _, err := guarded(func() (any, *http.Response, error) {
		return a.client.EnvironmentsApi.GetEnvironmentById(w.ctx, uuid.New()).Execute()
	})
	var value pingone.NotFoundError
	var pointer *pingone.NotFoundError
	if !errors.As(err, &value) && !errors.As(err, &pointer) {
		w.check("an unknown environment is the newer client's NotFoundError", w.wire.told())
		return
	}
	w.check("an unknown environment is the newer client's NotFoundError")
}
