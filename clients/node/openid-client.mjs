// openid-client 6 against a Grantor: discovery, code with PKCE, refresh, userinfo, introspection, revocation, client credentials,
// and the same by assertions.
// Reads authPath, apiPath, adminEnvID, adminAppID, adminAppSecret, envID, username, password, and the applications that ../applications.py makes.

import * as client from 'openid-client';
import { expect } from './expect.mjs';
import { management, workerToken } from './stage.mjs';
import { issuer, redirectUri, signOn } from './walk.mjs';

const { serviceAppID, serviceAppSecret, walkAppID, walkAppSecret, username } = process.env;
// The library refuses http issuers unless told; a test machine has no certificate.
const insecure = { execute: [client.allowInsecureRequests] };

const config = await client.discovery(issuer, walkAppID, {}, client.ClientSecretBasic(walkAppSecret), insecure);
expect(config.serverMetadata().supportsPKCE(), 'discovery does not name S256');
console.log('ok openid-client discovery');

const tokens = await codeWithPkce();
console.log('ok openid-client code with PKCE');

const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
expect(userinfo.preferred_username === username, `userinfo says ${JSON.stringify(userinfo)}`);
console.log('ok openid-client userinfo');

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
expect(refreshed.access_token !== tokens.access_token, 'refreshing gave the same access token');
expect(refreshed.refresh_token !== tokens.refresh_token, 'refreshing did not rotate');
console.log('ok openid-client refresh');

const introspected = await client.tokenIntrospection(config, refreshed.access_token);
expect(introspected.active === true, 'a fresh access token is not active');
expect(introspected.client_id === walkAppID, `introspection names ${introspected.client_id}`);
expect((await client.tokenIntrospection(config, 'no-token-of-ours')).active === false, 'a foreign token is active');
console.log('ok openid-client introspection');

await client.tokenRevocation(config, refreshed.access_token);
expect((await client.tokenIntrospection(config, refreshed.access_token)).active === false, 'revoked and still active');
await client.tokenRevocation(config, refreshed.refresh_token);
const refusal = await client.refreshTokenGrant(config, refreshed.refresh_token).then(() => null, (error) => error);
expect(refusal?.error === 'invalid_grant', `a revoked refresh token gave ${refusal}`);
console.log('ok openid-client revocation');

const service = await client.discovery(issuer, serviceAppID, {}, client.ClientSecretPost(serviceAppSecret), insecure);
const granted = await client.clientCredentialsGrant(service);
expect(granted.expires_in === 3600 && !granted.refresh_token, `client credentials gave ${Object.keys(granted)}`);
console.log('ok openid-client client credentials');

await byAssertions({ tokenEndpointAuthMethod: 'CLIENT_SECRET_JWT' }, client.ClientSecretJwt);
console.log('ok openid-client client_secret_jwt');

const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
const algorithms = [
  { name: 'RSASSA-PKCS1-v1_5', ...rsa },
  { name: 'RSA-PSS', ...rsa },
  { name: 'ECDSA', namedCurve: 'P-256' },
  { name: 'Ed25519' },
];
for (const algorithm of algorithms) {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const key = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: algorithm.name };
  const registered = { tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT', jwks: JSON.stringify({ keys: [key] }) };
  await byAssertions(registered, () => client.PrivateKeyJwt({ key: privateKey, kid: algorithm.name }));
}
console.log('ok openid-client private_key_jwt');

/** An application of its own gets a token, asks about it and ends it, each time with an assertion for the issuer alone. */
async function byAssertions(registered, authentication) {
  const api = management(await workerToken());
  const { id } = await api('POST', 'applications', {
    name: `Assertions ${crypto.randomUUID()}`,
    enabled: true,
    protocol: 'OPENID_CONNECT',
    type: 'WORKER',
    grantTypes: ['CLIENT_CREDENTIALS'],
    assertionAudience: 'ISSUER',
    ...registered,
  });
  const { secret } = await api('GET', `applications/${id}/secret`);
  const own = await client.discovery(issuer, id, {}, authentication(secret), insecure);
  const { access_token: token } = await client.clientCredentialsGrant(own);
  expect((await client.tokenIntrospection(own, token)).client_id === id, 'introspection names another client');
  await client.tokenRevocation(own, token);
  expect((await client.tokenIntrospection(own, token)).active === false, 'revoked and still active');
}

/** The code flow through the hosted pages; the library checks state, nonce, `iss` and the ID token's signature and claims. */
async function codeWithPkce() {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const request = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  client.enableNonRepudiationChecks(config);
  return client.authorizationCodeGrant(config, signOn(request), {
    pkceCodeVerifier,
    expectedState,
    expectedNonce,
    idTokenExpected: true,
  });
}
