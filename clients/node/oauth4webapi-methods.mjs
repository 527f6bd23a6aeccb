// oauth4webapi 3 with every way in which it can prove a client, each request and each check spelled out: pushed requests, code with PKCE,
// refresh, tokens of its own, introspection, revocation. Then DPoP, signed requests (JAR) and signed responses (JARM).
// Run by ../methods.py.

import * as oauth from 'oauth4webapi';
import { expect } from './expect.mjs';
import { called, certified, claims, foreign, issuer, privateKey, redirectUri, those } from './methods.mjs';
import { signOn } from './walk.mjs';

const at = new URL(issuer);
const server = await oauth.processDiscoveryResponse(at, await oauth.discoveryRequest(at));

const mtls = ['tls_client_auth', 'self_signed_tls_client_auth'];
// The library signs with HS256 and no other MAC.
const possible = those('none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', ...mtls);
for (const application of possible.filter(({ alg }) => !/^HS(384|512)$/.test(alg))) {
  const who = await party(application);
  const tokens = await signedOn(who);
  expect(tokens.token_type === 'bearer', `the token is ${tokens.token_type}`);
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const told = await oauth.userInfoRequest(server, who.client, tokens.access_token, who.options);
  await oauth.processUserInfoResponse(server, who.client, sub, told);
  const refreshed = await refresh(who, tokens.refresh_token);
  if (application.method !== 'none') {
    await asItself(who);
    const other = await party(foreign(application));
    const refused = await oauth.clientCredentialsGrantRequest(server, other.client, other.proof, {}, other.options);
    expect(refused.status === 401, `the proof of somebody else gave ${refused.status}`);
  }
  await revoke(who, refreshed.refresh_token);
  const refusal = await refresh(who, refreshed.refresh_token).then(() => null, (error) => error);
  expect(refusal?.error === 'invalid_grant', `a revoked refresh token gave ${refusal}`);
  console.log(`ok oauth4webapi ${called(application)}`);
}

const [signing] = those('private_key_jwt').filter(({ alg }) => alg === 'ES256');
for (const application of [signing, those('none')[0]]) {
  const who = await party(application);
  const DPoP = oauth.DPoP(who.client, await oauth.generateKeyPair('ES256'));
  const tokens = await signedOn(who, { DPoP });
  expect(tokens.token_type === 'dpop' && claims(tokens.access_token).cnf?.jkt, 'the token is not bound to the key');
  const told = await oauth.protectedResourceRequest(tokens.access_token, 'GET', new URL(server.userinfo_endpoint), undefined, null, { DPoP });
  expect(told.status === 200, `userinfo answers ${told.status}`);
  await refresh(who, tokens.refresh_token, { DPoP });
  console.log(`ok oauth4webapi DPoP with ${application.method}`);
}
await signedOn(await party(signing), { object: await privateKey(signing) });
console.log('ok oauth4webapi JAR');
await signedOn(await party(signing), { more: { response_mode: 'jwt' } });
console.log('ok oauth4webapi JARM');

/** Who asks: the library's client, its way to prove itself, and the connections that this needs. */
async function party(application) {
  const { id, certificate } = application;
  const client = { client_id: id, use_mtls_endpoint_aliases: Boolean(certificate) };
  const options = certificate ? { [oauth.customFetch]: certified(application) } : {};
  return { client, options, proof: await authentication(application), application };
}

async function authentication(application) {
  const { method, secret, alg, jwk } = application;
  switch (method) {
    case 'none':
      return oauth.None();
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret);
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret);
    case 'client_secret_jwt':
      return oauth.ClientSecretJwt(secret);
    case 'private_key_jwt': {
      // RFC 9864: the library writes `Ed25519`; who registered `EdDSA` has the older name.
      const named = (header) => {
        header.alg = alg;
      };
      return oauth.PrivateKeyJwt({ key: await privateKey(application), kid: jwk.kid }, { [oauth.modifyAssertion]: named });
    }
    default:
      return oauth.TlsClientAuth();
  }
}

/** A pushed request, signed where there is a key, through the hosted pages to tokens. */
async function signedOn({ client, options, proof, application }, { DPoP, object, more } = {}) {
  const [verifier, nonce, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomNonce(), oauth.generateRandomState()];
  let parameters = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  });
  if (object) {
    const request = await oauth.issueRequestObject(server, client, parameters, { key: object, kid: application.jwk.kid });
    parameters = new URLSearchParams({ client_id: client.client_id, request });
  }
  const pushed = await oauth.pushedAuthorizationRequest(server, client, proof, parameters, { ...options, DPoP });
  const { request_uri: reference } = await oauth.processPushedAuthorizationResponse(server, client, pushed);
  const request = new URL(server.authorization_endpoint);
  request.search = new URLSearchParams({ client_id: client.client_id, request_uri: reference }).toString();
  const came = signOn(request);
  const callback = more
    ? await oauth.validateJwtAuthResponse(server, client, came, state)
    : oauth.validateAuthResponse(server, client, came, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, proof, callback, redirectUri, verifier, { ...options, DPoP },
  );
  const checks = { expectedNonce: nonce, requireIdToken: true };
  return oauth.processAuthorizationCodeResponse(server, client, response, checks);
}

async function refresh({ client, options, proof }, token, more) {
  const response = await oauth.refreshTokenGrantRequest(server, client, proof, token, { ...options, ...more });
  return oauth.processRefreshTokenResponse(server, client, response);
}

/** A token of the client's own, asked about and ended. */
async function asItself(who) {
  const { client, options, proof, application } = who;
  const response = await oauth.clientCredentialsGrantRequest(server, client, proof, {}, options);
  const { access_token: token } = await oauth.processClientCredentialsResponse(server, client, response);
  if (application.certificate) {
    expect(claims(token).cnf?.['x5t#S256'], 'the token is not bound to the certificate');
  }
  expect((await introspected(who, token)).client_id === client.client_id, 'introspection names another client');
  await revoke(who, token);
  expect(!(await introspected(who, token)).active, 'revoked and still active');
}

async function introspected({ client, options, proof }, token) {
  const response = await oauth.introspectionRequest(server, client, proof, token, options);
  return oauth.processIntrospectionResponse(server, client, response);
}

async function revoke({ client, options, proof }, token) {
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, token, options));
}
