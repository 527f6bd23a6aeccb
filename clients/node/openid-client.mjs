// openid-client 6 against a Grantor: discovery, code with PKCE, refresh, userinfo, introspection, revocation, client credentials.
// Reads authPath, envID, username, password, and the applications that ../applications.py makes.

import * as client from 'openid-client';
import { expect } from './expect.mjs';
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
