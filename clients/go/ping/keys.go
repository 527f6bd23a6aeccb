package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"time"

	"github.com/patrickcping/pingone-go-sdk-v2/management"
)

// keys are signing keys with their certificates, the policies by which they rotate, and certificates of others.
var keys = []part{
	key("RSA key", `"algorithm":"RSA","keyLength":2048,"signatureAlgorithm":"SHA256withRSA"`, `"algorithm":"RSA","keyLength":3072,"signatureAlgorithm":"SHA512withRSA"`),
	key("EC key", `"algorithm":"EC","keyLength":256,"signatureAlgorithm":"SHA256withECDSA"`, `"algorithm":"EC","keyLength":256,"signatureAlgorithm":"SHA384withECDSA"`),
	step{
		name: "key's applications", status: 200, shape: `{"_embedded":{"applications":[]},"count ?":0,"size ?":0}`, links: "self",
		call: func(w *walk) (any, *http.Response, error) {
			return w.sdk.CertificateManagementApi.GetKeyApplications(w.ctx, w.env(), w.id("RSA key")).Execute()
		},
	},
	signingRequest{},
	rotation,
	certificate,
}

// key is made by the server. A replacement says only whether it is the default, and what it is used for.
func key(name, little, much string) kind {
	return kind{
		name: name, path: "/environments/<environment>/keys", plural: "keys",
		minimal: `{"name":"<tag>","subjectDN":"CN=<tag>","usageType":"SIGNING","validityPeriod":365,` + little + `}`,
		full:    `{"name":"<tag>","subjectDN":"CN=<tag>, OU=Every object, O=Grantor, L=, ST=, C=GB","usageType":"SIGNING","validityPeriod":100,` + much + `}`,
		put:     `{"default":false,"usageType":"ENCRYPTION"}`,
		adds: `{"id":"<uuid>","environment":{"id":"<environment>"},"organization ?":{"id":"<organization>"},"createdAt":"<time>","default":false,
			"updatedAt ?":"<time>","issuerDN":"<text>","serialNumber":"<number>","startsAt":"<time>","expiresAt":"<time>","status":"VALID"}`,
		links: "applications csr environment self",
		stays: true,
		create: func(w *walk, body string) (any, *http.Response, error) {
			post := w.sdk.CertificateManagementApi.CreateKey(w.ctx, w.env()).ContentType("application/json")
			return post.Certificate(as[management.Certificate](body)).Execute()
		},
		read: func(w *walk, id string) (any, *http.Response, error) {
			return w.sdk.CertificateManagementApi.GetKey(w.ctx, w.env(), id).Accept("application/json").Execute()
		},
		list: func(w *walk) error {
			_, _, err := w.sdk.CertificateManagementApi.GetKeys(w.ctx, w.env()).Execute()
			return err
		},
		replace: func(w *walk, id, body string) (any, *http.Response, error) {
			put := w.sdk.CertificateManagementApi.UpdateKey(w.ctx, w.env(), id)
			return put.CertificateKeyUpdate(as[management.CertificateKeyUpdate](body)).Execute()
		},
		remove: func(w *walk, id string) (*http.Response, error) {
			return w.sdk.CertificateManagementApi.DeleteKey(w.ctx, w.env(), id).Execute()
		},
	}
}

// signingRequest asks for a key's PKCS #10 and reads it.
type signingRequest struct{}

func (signingRequest) run(w *walk) {
	w.wire.reset()
	_, _, err := guarded(func() (any, *http.Response, error) {
		get := w.sdk.CertificateManagementApi.ExportCSR(w.ctx, w.env(), w.id("RSA key"))
		return get.Accept(management.EnumCSRExportHeader("application/x-pem-file")).Execute()
	})
	var found []string
	block, _ := pem.Decode(w.wire.body)
	if block == nil {
		w.check("key's signing request", "no PEM: "+w.wire.told())
		return
	}
	request, wrong := x509.ParseCertificateRequest(block.Bytes)
	if wrong == nil {
		wrong = request.CheckSignature()
	}
	for _, failure := range []error{err, wrong} {
		if failure != nil {
			found = append(found, failure.Error())
		}
	}
	w.check("key's signing request", found...)
}

var rotation = kind{
	name: "key rotation policy", path: "/environments/<environment>/keyRotationPolicies", plural: "keyRotationPolicies",
	minimal: `{"name":"<tag>","algorithm":"RSA","dn":"CN=<tag>","keyLength":2048,"signatureAlgorithm":"SHA256withRSA","usageType":"SIGNING"}`,
	full: `{"name":"<tag>","algorithm":"RSA","dn":"CN=<tag>","keyLength":2048,"signatureAlgorithm":"SHA256withRSA","usageType":"SIGNING",
		"rotationPeriod":30,"validityPeriod":90}`,
	adds: `{` + inEnvironment + `,"createdAt ?":"<time>","updatedAt ?":"<time>","rotationPeriod":90,"validityPeriod":365,
		"currentKeyId":"<text>","nextKeyId":"<text>","rotatedAt":"<time>"}`,
	links: "environment jwks self",
	stays: true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		post := w.sdk.KeyRotationPoliciesApi.CreateKeyRotationPolicy(w.ctx, w.env())
		return post.KeyRotationPolicy(as[management.KeyRotationPolicy](body)).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.KeyRotationPoliciesApi.GetKeyRotationPolicy(w.ctx, w.env(), id).Execute()
	},
	list: func(w *walk) error {
		return drain(w.sdk.KeyRotationPoliciesApi.GetKeyRotationPolicies(w.ctx, w.env()).Execute())
	},
	replace: func(w *walk, id, body string) (any, *http.Response, error) {
		put := w.sdk.KeyRotationPoliciesApi.UpdateKeyRotationPolicy(w.ctx, w.env(), id)
		return put.KeyRotationPolicy(as[management.KeyRotationPolicy](body)).Execute()
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.KeyRotationPoliciesApi.DeleteKeyRotationPolicy(w.ctx, w.env(), id).Execute()
	},
}

// certificate is one of somebody else, as a file. Its body says what is expected of the server's reading.
var certificate = kind{
	name: "certificate", path: "/environments/<environment>/certificates", plural: "certificates",
	minimal: `{"usageType":"SIGNING"}`, full: `{"usageType":"ENCRYPTION"}`,
	adds: `{` + inEnvironment + `,"organization ?":{"id":"<organization>"},"createdAt":"<time>","updatedAt ?":"<time>","default ?":false,"name":"<text>",
		"subjectDN":"<text>","issuerDN":"<text>","serialNumber":4711,"startsAt":"<time>","expiresAt":"<time>","validityPeriod":"<number>",
		"algorithm":"EC","keyLength":256,"signatureAlgorithm":"SHA256withECDSA","status":"VALID"}`,
	links:   "applications environment self",
	created: http.StatusAccepted,
	stays:   true,
	create: func(w *walk, body string) (any, *http.Response, error) {
		usage := as[struct{ UsageType string }](body).UsageType
		file := somebodys()
		return w.sdk.CertificateManagementApi.CreateCertificateFromFile(w.ctx, w.env()).UsageType(usage).File(&file).Execute()
	},
	read: func(w *walk, id string) (any, *http.Response, error) {
		return w.sdk.CertificateManagementApi.GetCertificate(w.ctx, w.env(), id).Execute()
	},
	list: func(w *walk) error {
		_, _, err := w.sdk.CertificateManagementApi.GetCertificates(w.ctx, w.env()).Execute()
		return err
	},
	remove: func(w *walk, id string) (*http.Response, error) {
		return w.sdk.CertificateManagementApi.DeleteCertificate(w.ctx, w.env(), id).Execute()
	},
}

// somebodys is a certificate in PEM whose key is forgotten.
func somebodys() []byte {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: "somebody", Organization: []string{"Elsewhere"}, Country: []string{"GB"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	must(err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
