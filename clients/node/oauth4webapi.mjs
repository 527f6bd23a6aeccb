// oauth4webapi 3 against a Grantor, each request and each check spelled out: the strictest reader of our answers.
// Reads authPath, envID, username, password, and the applications that ../applications.py makes.

import * as oauth from 'oauth4webapi';
import { expect } from './expect.mjs';
import { issuer, redirectUri, signOn } from './walk.mjs';

const { serviceAppID, serviceAppSecret, walkAppID, walkAppSecret } = process.env;
// The library refuses http issuers unless told; a test machine has no certificate.
const insecure = { [oauth.allowInsecureRequests]: true };
const walk = { client_id: walkAppID };
const walkSecret = oauth.ClientSecretBasic(walkAppSecret);

const server = await discovered('oidc');
expect((await discovered('oauth2')).issuer === server.issuer, 'the two well-known forms differ');
console.log('ok oauth4webapi discovery');

const tokens = await codeWithPkce();
const { sub } = oauth.getValidatedIdTokenClaims(tokens);
console.log('ok oauth4webapi code with PKCE');

const userinfo = await oauth.userInfoRequest(server, walk, tokens.access_token, insecure);
await oauth.processUserInfoResponse(server, walk, sub, userinfo);
console.log('ok oauth4webapi userinfo');

const refreshed = await refresh(tokens.refresh_token);
expect(oauth.getValidatedIdTokenClaims(refreshed)?.sub === sub, 'the refreshed ID token is about somebody else');
console.log('ok oauth4webapi refresh');

expect((await introspected(refreshed.access_token)).active, 'a fresh access token is not active');
console.log('ok oauth4webapi introspection');

await oauth.processRevocationResponse(
  await oauth.revocationRequest(server, walk, walkSecret, refreshed.refresh_token, insecure),
);
const refusal = await refresh(refreshed.refresh_token).then(() => null, (error) => error);
expect(refusal?.error === 'invalid_grant', `a revoked refresh token gave ${refusal}`);
console.log('ok oauth4webapi revocation');

const service = { client_id: serviceAppID };
const granted = await oauth.processClientCredentialsResponse(
  server,
  service,
  await oauth.clientCredentialsGrantRequest(server, service, oauth.ClientSecretPost(serviceAppSecret), {}, insecure),
);
expect(granted.expires_in === 3600, `client credentials last ${granted.expires_in}`);
const wrong = await oauth.clientCredentialsGrantRequest(server, service, oauth.ClientSecretPost('wrong'), {}, insecure);
const denied = await oauth.processClientCredentialsResponse(server, service, wrong).then(() => null, (error) => error);
// The library turns a 401 with a challenge into its own error and reads the challenge; without one it reads the body.
expect(denied && wrong.status === 401, `a wrong secret gave ${wrong.status}`);
console.log('ok oauth4webapi client credentials');

async function discovered(algorithm) {
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }));
}

async function codeWithPkce() {
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = oauth.generateRandomNonce();
  const state = oauth.generateRandomState();
  const request = new URL(server.authorization_endpoint);
  request.search = new URLSearchParams({
    client_id: walkAppID,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const callback = oauth.validateAuthResponse(server, walk, signOn(request), state);
  const response = await oauth.authorizationCodeGrantRequest(
    server, walk, walkSecret, callback, redirectUri, verifier, insecure,
  );
  const granted = await oauth.processAuthorizationCodeResponse(server, walk, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, response, insecure);
  return granted;
}

async function refresh(token) {
  const response = await oauth.refreshTokenGrantRequest(server, walk, walkSecret, token, insecure);
  return oauth.processRefreshTokenResponse(server, walk, response);
}

async function introspected(token) {
  const response = await oauth.introspectionRequest(server, walk, walkSecret, token, insecure);
  return oauth.processIntrospectionResponse(server, walk, response);
}
