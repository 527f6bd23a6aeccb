import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.PushedAuthorizationRequest;
import com.nimbusds.oauth2.sdk.PushedAuthorizationResponse;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.Request;
import com.nimbusds.oauth2.sdk.ResponseMode;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretJWT;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PKITLSClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.auth.SelfSignedTLSClientAuthentication;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.jarm.JARMValidator;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Nimbus OAuth 2.0 SDK with every way in which it can prove a client, at every endpoint: pushed requests, code with PKCE, refresh, tokens of
 * its own, introspection, revocation. Then DPoP, signed requests (JAR) and signed responses (JARM).
 *
 * <p>Run by ../methods.py, which says of METHODS what is in it.
 */
public final class Methods {
    private static final List<String> BOTH_TLS = List.of("tls_client_auth", "self_signed_tls_client_auth");

    private static Path authority;
    private static URI redirectUri;
    private static OIDCProviderMetadata metadata;
    private static JWKSet keys;

    /** One client: how it is described, and the connections that it makes. */
    private record Client(Map<String, Object> told, SSLContext connections) {
        String text(String name) {
            return (String) told.get(name);
        }

        ClientID id() {
            return new ClientID(text("id"));
        }

        boolean isPublic() {
            return text("method").equals("none");
        }

        boolean shows() {
            return BOTH_TLS.contains(text("method"));
        }

        JWK key() throws Exception {
            return JWK.parse(JSONObjectUtils.getJSONObject(new net.minidev.json.JSONObject(told), "jwk"));
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> all = JSONObjectUtils.parse(Files.readString(Path.of(System.getenv("METHODS"))));
        redirectUri = URI.create((String) all.get("redirectUri"));
        authority = Path.of((String) all.get("authority"));
        HTTPRequest.setDefaultSSLSocketFactory(connections(authority, null, null).getSocketFactory());
        Issuer issuer = new Issuer((String) all.get("issuer"));
        metadata = OIDCProviderMetadata.resolve(issuer);
        keys = JWKSet.parse(new HTTPRequest(HTTPRequest.Method.GET, metadata.getJWKSetURI()).send().getBody());
        for (Object each : (List<?>) all.get("clients")) {
            @SuppressWarnings("unchecked")
            Map<String, Object> told = (Map<String, Object>) each;
            // The library signs assertions with RSA and ECDSA alone.
            if (List.of("EdDSA", "Ed25519").contains(told.getOrDefault("alg", ""))) {
                continue;
            }
            Client client = new Client(told, connections(authority, (String) told.get("certificate"), (String) told.get("key")));
            walk(client);
            System.out.println("ok Nimbus " + client.text("method") + (told.containsKey("alg") ? " " + told.get("alg") : ""));
            if ("ES256".equals(told.get("alg"))) {
                besides(client);
            }
        }
    }

    private static void walk(Client client) throws Exception {
        OIDCTokenResponse granted = signedOn(client, null, false, ResponseMode.QUERY);
        AccessToken token = granted.getOIDCTokens().getAccessToken();
        if (client.shows()) {
            expect(claims(token).getJSONObjectClaim("cnf").containsKey("x5t#S256"), "the token is not bound to the certificate");
        }
        userinfo(client, token, null);
        RefreshToken before = granted.getOIDCTokens().getRefreshToken();
        RefreshToken after = tokens(client, new RefreshTokenGrant(before), null).getOIDCTokens().getRefreshToken();
        expect(!after.equals(before), "refreshing did not rotate");
        if (!client.isPublic()) {
            asItself(client);
            refused(client);
        }
        revoke(client, after);
        HTTPResponse refusal = send(client, tokenRequest(client, new RefreshTokenGrant(after)).toHTTPRequest());
        expect(refusal.getBody().contains("invalid_grant"), "a revoked refresh token gave " + refusal.getBody());
    }

    /** What is not a method: by one client, whose key signs its requests as well. */
    private static void besides(Client client) throws Exception {
        DPoPProofFactory proofs = new DefaultDPoPProofFactory(new ECKeyGenerator(Curve.P_256).generate(), JWSAlgorithm.ES256);
        OIDCTokenResponse granted = signedOn(client, proofs, false, ResponseMode.QUERY);
        AccessToken token = granted.getOIDCTokens().getAccessToken();
        expect(token.getType().getValue().equals("DPoP"), "the token is " + token.getType());
        expect(claims(token).getJSONObjectClaim("cnf").containsKey("jkt"), "the token is not bound to the key");
        userinfo(client, token, proofs);
        tokens(client, new RefreshTokenGrant(granted.getOIDCTokens().getRefreshToken()), proofs);
        System.out.println("ok Nimbus DPoP");
        signedOn(client, null, true, ResponseMode.QUERY);
        System.out.println("ok Nimbus JAR");
        signedOn(client, null, false, ResponseMode.JWT);
        System.out.println("ok Nimbus JARM");
    }

    /** A pushed request through the hosted pages to tokens, each answer checked by the library. */
    private static OIDCTokenResponse signedOn(Client client, DPoPProofFactory proofs, boolean signed, ResponseMode mode)
            throws Exception {
        State state = new State();
        Nonce nonce = new Nonce();
        CodeVerifier verifier = new CodeVerifier();
        AuthorizationRequest request = new AuthenticationRequest.Builder(
                        ResponseType.CODE, new Scope("openid", "profile", "email"), client.id(), redirectUri)
                .state(state).nonce(nonce).codeChallenge(verifier, CodeChallengeMethod.S256).responseMode(mode).build();
        if (signed) {
            SignedJWT object = sign(client, new JWTClaimsSet.Builder(request.toJWTClaimsSet())
                    .issuer(client.text("id")).audience(metadata.getIssuer().getValue()).build());
            request = new AuthorizationRequest.Builder(object, client.id()).build();
        }
        URI endpoint = endpoint(client, "pushed_authorization_request_endpoint");
        Request push = client.isPublic()
                ? new PushedAuthorizationRequest(endpoint, request)
                : new PushedAuthorizationRequest(endpoint, proof(client, endpoint), request);
        var pushed = PushedAuthorizationResponse.parse(send(client, push.toHTTPRequest()));
        expect(pushed.indicatesSuccess(), pushed.toHTTPResponse().getBody());
        URI reference = pushed.toSuccessResponse().getRequestURI();
        URI asked = new AuthorizationRequest.Builder(reference, client.id())
                .endpointURI(metadata.getAuthorizationEndpointURI()).build().toURI();

        URI callback = signOn(asked);
        var validator = new JARMValidator(metadata.getIssuer(), client.id(), JWSAlgorithm.RS256, keys);
        AuthorizationResponse came = mode == ResponseMode.JWT
                ? AuthorizationResponse.parse(callback, validator)
                : AuthorizationResponse.parse(callback);
        expect(came.indicatesSuccess() && state.equals(came.getState()), "the callback is " + callback);
        expect(metadata.getIssuer().equals(came.getIssuer()), "the callback names the issuer " + came.getIssuer());
        AuthorizationCode code = came.toSuccessResponse().getAuthorizationCode();
        OIDCTokenResponse granted = tokens(client, new AuthorizationCodeGrant(code, redirectUri, verifier), proofs);
        IDTokenClaimsSet about = new IDTokenValidator(metadata.getIssuer(), client.id(), JWSAlgorithm.RS256, keys)
                .validate(granted.getOIDCTokens().getIDToken(), nonce);
        expect(about.getSubject() != null, "the ID token is about nobody");
        return granted;
    }

    /** A token of the client's own, asked about and ended. */
    private static void asItself(Client client) throws Exception {
        HTTPResponse answer = send(client, tokenRequest(client, new ClientCredentialsGrant()).toHTTPRequest());
        TokenResponse granted = TokenResponse.parse(answer);
        expect(granted.indicatesSuccess(), answer.getBody());
        AccessToken token = granted.toSuccessResponse().getTokens().getAccessToken();
        expect(introspected(client, token).contains(client.text("id")), "introspection names another client");
        revoke(client, token);
        expect(!introspected(client, token).contains("true"), "revoked and still active");
    }

    /** The proof is somebody else's. */
    private static void refused(Client client) throws Exception {
        Map<String, Object> told = new HashMap<>(client.told());
        told.putAll(JSONObjectUtils.getJSONObject(new net.minidev.json.JSONObject(told), "foreign"));
        Client other = new Client(told, connections(authority, (String) told.get("certificate"), (String) told.get("key")));
        HTTPResponse answer = send(other, tokenRequest(other, new ClientCredentialsGrant()).toHTTPRequest());
        ErrorObject error = TokenResponse.parse(answer).toErrorResponse().getErrorObject();
        expect(error.equals(OAuth2Error.INVALID_CLIENT), "the proof of somebody else gave " + error);
    }

    private static String introspected(Client client, AccessToken token) throws Exception {
        URI endpoint = endpoint(client, "introspection_endpoint");
        HTTPResponse answer = send(client, new TokenIntrospectionRequest(endpoint, proof(client, endpoint), token).toHTTPRequest());
        expect(TokenIntrospectionResponse.parse(answer).indicatesSuccess(), answer.getBody());
        return answer.getBody();
    }

    private static void revoke(Client client, com.nimbusds.oauth2.sdk.token.Token token) throws Exception {
        URI endpoint = endpoint(client, "revocation_endpoint");
        Request request = client.isPublic()
                ? new TokenRevocationRequest(endpoint, client.id(), token)
                : new TokenRevocationRequest(endpoint, proof(client, endpoint), token);
        HTTPResponse answer = send(client, request.toHTTPRequest());
        expect(answer.getStatusCode() == 200, answer.getBody());
    }

    private static void userinfo(Client client, AccessToken token, DPoPProofFactory proofs) throws Exception {
        URI endpoint = endpoint(client, "userinfo_endpoint");
        HTTPRequest request = new UserInfoRequest(endpoint, token).toHTTPRequest();
        if (proofs != null) {
            request.setDPoP(proofs.createDPoPJWT("GET", endpoint, token));
        }
        HTTPResponse answer = send(client, request);
        expect(UserInfoResponse.parse(answer).indicatesSuccess(), answer.getStatusCode() + " " + answer.getBody());
    }

    private static OIDCTokenResponse tokens(Client client, AuthorizationGrant grant, DPoPProofFactory proofs) throws Exception {
        HTTPRequest request = tokenRequest(client, grant).toHTTPRequest();
        if (proofs != null) {
            request.setDPoP(proofs.createDPoPJWT("POST", request.getURI()));
        }
        HTTPResponse answer = send(client, request);
        TokenResponse granted = OIDCTokenResponseParser.parse(answer);
        expect(granted.indicatesSuccess(), answer.getBody());
        return (OIDCTokenResponse) granted.toSuccessResponse();
    }

    private static TokenRequest tokenRequest(Client client, AuthorizationGrant grant) throws Exception {
        URI endpoint = endpoint(client, "token_endpoint");
        return client.isPublic() ? new TokenRequest(endpoint, client.id(), grant) : new TokenRequest(endpoint, proof(client, endpoint), grant);
    }

    /** RFC 8705 §5: whoever shows a certificate asks where certificates are asked for. */
    private static URI endpoint(Client client, String name) throws Exception {
        var from = client.shows() ? metadata.toJSONObject().get("mtls_endpoint_aliases") : metadata.toJSONObject();
        return URI.create((String) ((Map<?, ?>) from).get(name));
    }

    private static ClientAuthentication proof(Client client, URI endpoint) throws Exception {
        Secret secret = new Secret(client.told().containsKey("secret") ? client.text("secret") : "");
        return switch (client.text("method")) {
            case "client_secret_basic" -> new ClientSecretBasic(client.id(), secret);
            case "client_secret_post" -> new ClientSecretPost(client.id(), secret);
            case "client_secret_jwt" -> new ClientSecretJWT(client.id(), endpoint, JWSAlgorithm.parse(client.text("alg")), secret);
            case "private_key_jwt" -> new PrivateKeyJWT(sign(client,
                    new JWTAuthenticationClaimsSet(client.id(), new Audience(endpoint)).toJWTClaimsSet()));
            case "tls_client_auth" -> new PKITLSClientAuthentication(client.id(), client.connections().getSocketFactory());
            default -> new SelfSignedTLSClientAuthentication(client.id(), client.connections().getSocketFactory());
        };
    }

    private static SignedJWT sign(Client client, JWTClaimsSet claims) throws Exception {
        JWSAlgorithm algorithm = JWSAlgorithm.parse(client.text("alg"));
        JWK key = client.key();
        SignedJWT made = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), claims);
        made.sign(new DefaultJWSSignerFactory().createJWSSigner(key, algorithm));
        return made;
    }

    private static HTTPResponse send(Client client, HTTPRequest request) throws Exception {
        request.setSSLSocketFactory(client.connections().getSocketFactory());
        return request.send();
    }

    private static JWTClaimsSet claims(AccessToken token) throws Exception {
        return SignedJWT.parse(token.getValue()).getJWTClaimsSet();
    }

    /** Sends the request through the hosted pages; the URI that the redirect URI would have received. */
    private static URI signOn(URI request) throws Exception {
        Process program = new ProcessBuilder(
                        System.getenv("PYTHON"), System.getenv("SIGN_ON"), request.toString(), redirectUri.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String printed = new String(program.getInputStream().readAllBytes()).trim();
        expect(program.waitFor() == 0, "no callback");
        return URI.create(printed);
    }

    /** Connections that trust the authority, and show a certificate where there is one. */
    private static SSLContext connections(Path authority, String certificate, String key) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", certificate(authority));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        KeyStore held = KeyStore.getInstance(KeyStore.getDefaultType());
        held.load(null, null);
        if (certificate != null) {
            String text = Files.readString(Path.of(key)).replaceAll("-----[^-]+-----|\\s", "");
            PrivateKey secret = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
            held.setKeyEntry("own", secret, new char[0], new X509Certificate[] {certificate(Path.of(certificate))});
        }
        own.init(held, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static X509Certificate certificate(Path file) throws Exception {
        var bytes = new ByteArrayInputStream(Files.readAllBytes(file));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(bytes);
    }

    private static void expect(boolean holds, String sentence) {
        if (!holds) {
            System.err.println(sentence);
            System.exit(1);
        }
    }
}
