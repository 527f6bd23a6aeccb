// What every JavaScript client asserts the same way. Programs exit with 1 and a sentence when something does not hold.

export function expect(holds, sentence) {
  if (!holds) {
    throw new Error(sentence);
  }
}

/** The `alg` of a compact JWS, read without verifying. */
export function algorithm(token) {
  return JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).alg;
}

/** How the program of a code exchange proves its application: the method in `authMethod`, `client_secret_post` when it is not set. */
export const method = process.env.authMethod ?? 'client_secret_post';

/** What the method adds to the form (see ../exchanges.py). */
export function proof() {
  const { clientAssertion, codeVerifier, sharedWebAppID, sharedWebAppSecret } = process.env;
  switch (method) {
    case 'client_secret_basic':
      return {};
    case 'client_secret_post':
      return { client_id: sharedWebAppID, client_secret: sharedWebAppSecret };
    case 'none':
      return { client_id: sharedWebAppID, code_verifier: codeVerifier };
    default:
      return {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: clientAssertion,
      };
  }
}

/** The answer of the code exchange: RS256 twice, 3600 s, Bearer, openid. */
export function codeExchange(answer) {
  expect(answer.token_type === 'Bearer', `token_type is ${answer.token_type}`);
  expect(answer.expires_in === 3600, `expires_in is ${answer.expires_in}`);
  expect(answer.scope === 'openid', `scope is ${answer.scope}`);
  expect(algorithm(answer.access_token) === 'RS256', 'the access token is not RS256');
  expect(algorithm(answer.id_token) === 'RS256', 'the ID token is not RS256');
}
