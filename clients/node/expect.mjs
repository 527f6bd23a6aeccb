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

/** The answer of the code exchange: RS256 twice, 3600 s, Bearer, openid. */
export function codeExchange(answer) {
  expect(answer.token_type === 'Bearer', `token_type is ${answer.token_type}`);
  expect(answer.expires_in === 3600, `expires_in is ${answer.expires_in}`);
  expect(answer.scope === 'openid', `scope is ${answer.scope}`);
  expect(algorithm(answer.access_token) === 'RS256', 'the access token is not RS256');
  expect(algorithm(answer.id_token) === 'RS256', 'the ID token is not RS256');
}
