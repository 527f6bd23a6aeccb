// openid-client 6 with every way in which it can prove a client, at every endpoint: pushed requests, code with PKCE, refresh, tokens of its
// own, introspection, revocation. Then what is beside the methods: DPoP, signed requests (JAR), signed responses (JARM).
// Run by ../methods.py.

import * as client from 'openid-client';
import { expect } from './expect.mjs';
import { called, certified, claims, foreign, issuer, privateKey, redirectUri, those } from './methods.mjs';
import { signOn } from './walk.mjs';

const mtls = ['tls_client_auth', 'self_signed_tls_client_auth'];
// The library signs with HS256 and no other MAC.
const possible = those('none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', ...mtls);
for (const application of possible.filter(({ alg }) => !/^HS(384|512)$/.test(alg))) {
  const config = await configured(application);
  const tokens = await signedOn(config, { push: true });
  if (application.certificate) {
    expect(claims(tokens.access_token).cnf?.['x5t#S256'], 'the token is not bound to the certificate');
  }
  await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  expect(refreshed.refresh_token !== tokens.refresh_token, 'refreshing did not rotate');
  if (application.method !== 'none') {
    await asItself(config, application);
    const other = await configured(foreign(application));
    const refused = await client.clientCredentialsGrant(other).then(() => null, (error) => error);
    expect(refused?.status === 401, `the proof of somebody else gave ${refused}`);
  }
  await client.tokenRevocation(config, refreshed.refresh_token);
  const refusal = await client.refreshTokenGrant(config, refreshed.refresh_token).then(() => null, (error) => error);
  expect(refusal?.error === 'invalid_grant', `a revoked refresh token gave ${refusal}`);
  console.log(`ok openid-client ${called(application)}`);
}

const [signing] = those('private_key_jwt').filter(({ alg }) => alg === 'ES256');
await withDpop(await configured(signing), 'private_key_jwt');
await withDpop(await configured(those('none')[0]), 'none');
for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'Ed25519']) {
  const config = await configured(signing);
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(alg));
  const granted = await client.clientCredentialsGrant(config, undefined, { DPoP });
  expect(claims(granted.access_token).cnf?.jkt, `the token is not bound to the key, ${alg}`);
}
console.log('ok openid-client DPoP with each algorithm');
for (const application of those('private_key_jwt')) {
  const config = await configured(application);
  const key = { key: await privateKey(application), kid: application.jwk.kid };
  await signedOn(config, { push: application === signing, key, alg: application.alg });
}
console.log('ok openid-client JAR with each algorithm, one of them pushed');
const signed = await configured(signing);
client.useJwtResponseMode(signed);
await signedOn(signed, { more: { response_mode: 'jwt' } });
console.log('ok openid-client JARM');

async function configured(application) {
  const { id, secret, certificate } = application;
  const options = certificate ? { [client.customFetch]: certified(application) } : {};
  const metadata = certificate ? { use_mtls_endpoint_aliases: true } : {};
  return client.discovery(new URL(issuer), id, metadata, await authentication(application, secret), options);
}

async function authentication(application, secret) {
  switch (application.method) {
    case 'none':
      return client.None();
    case 'client_secret_basic':
      return client.ClientSecretBasic(secret);
    case 'client_secret_post':
      return client.ClientSecretPost(secret);
    case 'client_secret_jwt':
      return client.ClientSecretJwt(secret);
    case 'private_key_jwt': {
      const key = { key: await privateKey(application), kid: application.jwk.kid };
      return client.PrivateKeyJwt(key, { [client.modifyAssertion]: named(application.alg) });
    }
    default:
      return client.TlsClientAuth();
  }
}

/** RFC 9864: the library writes `Ed25519`; who registered `EdDSA` has the older name. */
function named(alg) {
  return (header) => {
    header.alg = alg;
  };
}

/** The code flow with PKCE through the hosted pages; the library checks state, nonce, `iss`, and the ID token. */
async function signedOn(config, { push, key, alg, more, DPoP }) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const parameters = {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  };
  let request = client.buildAuthorizationUrl(config, parameters);
  if (key) {
    request = await client.buildAuthorizationUrlWithJAR(config, parameters, key, { [client.modifyAssertion]: named(alg) });
  }
  if (push) {
    const pushed = key ? Object.fromEntries(request.searchParams) : parameters;
    request = await client.buildAuthorizationUrlWithPAR(config, pushed, { DPoP });
    expect(request.searchParams.has('request_uri'), `a pushed request leads to ${request}`);
  }
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return client.authorizationCodeGrant(config, signOn(request), checks, undefined, { DPoP });
}

/** A token of the client's own, asked about and ended. */
async function asItself(config, { id }) {
  const { access_token: token } = await client.clientCredentialsGrant(config);
  expect((await client.tokenIntrospection(config, token)).client_id === id, 'introspection names another client');
  await client.tokenRevocation(config, token);
  expect((await client.tokenIntrospection(config, token)).active === false, 'revoked and still active');
}

async function withDpop(config, method) {
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
  const tokens = await signedOn(config, { push: true, DPoP });
  expect(tokens.token_type === 'dpop', `the token is ${tokens.token_type}`);
  expect(claims(tokens.access_token).cnf?.jkt, 'the token is not bound to the key');
  await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
  await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  console.log(`ok openid-client DPoP with ${method}`);
}
