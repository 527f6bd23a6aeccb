// jose 6 against a Grantor, in both directions: assertions by each algorithm that the library has are accepted, and ID tokens signed by
// each algorithm verify through the key set; what both make of tokens that are not quite right is in ../jose/mutations.json.
// Reads authPath, apiPath, adminEnvID, adminAppID, adminAppSecret, envID, username, password.

import { constants, createHmac, createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as jose from 'jose';
import { registered } from './application.mjs';
import { expect } from './expect.mjs';
import { management, workerToken } from './stage.mjs';
import { issuer, redirectUri, signOn } from './walk.mjs';

const LIBRARY = 'jose';
const SECRETS = ['HS256', 'HS384', 'HS512'];
const PAIRS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
  'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87',
];

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** How a part is written: as it is, padded, with a spare bit set. */
const SPELLED = {
  '': (part) => part,
  '=': (part) => part.padEnd(Math.ceil(part.length / 4) * 4, '='),
  '~': (part) => part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1)) + 1],
};

const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const pairs = [];
for (const alg of PAIRS) {
  pairs.push(await pair(alg));
}

const clients = [];
for (const { alg, jwk } of pairs) {
  const jwks = JSON.stringify({ keys: [jwk] });
  clients.push({ alg, ...(await client({ tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT', jwks })) });
}
const bySecret = await client({ tokenEndpointAuthMethod: 'CLIENT_SECRET_JWT' });

for (const { alg, id } of clients) {
  const { privateKey, jwk } = pairs.find((key) => key.alg === alg);
  expect(await accepted(id, await assertion(alg, id, jwk.kid, privateKey)), `an assertion by ${alg} is refused`);
}
for (const alg of SECRETS) {
  const key = new TextEncoder().encode(bySecret.secret);
  expect(await accepted(bySecret.id, await assertion(alg, bySecret.id, undefined, key)), `an assertion by ${alg} is refused`);
}
console.log(`ok jose assertions by ${[...clients.map(({ alg }) => alg), ...SECRETS].join(', ')}`);

const verified = await idTokens();
console.log(`ok jose ID tokens by ${verified.join(', ')}`);

const tried = await mutations();
console.log(`ok jose ${tried} tokens that are not quite right`);

/** A key pair of the algorithm, and another one. ML-DSA is in WebCrypto from Node.js 24.7 on. */
async function pair(alg) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  const other = await jose.generateKeyPair(alg, { extractable: true });
  const exported = async (key) => ({ ...(await jose.exportJWK(key)), alg, kid: `key of ${alg}`, use: 'sig' });
  return {
    alg,
    privateKey,
    publicKey,
    jwk: await exported(publicKey),
    own: await jose.exportJWK(privateKey),
    other: await jose.exportJWK(other.privateKey),
    otherJwk: await exported(other.publicKey),
  };
}

function client(wanted) {
  return registered({
    name: `${LIBRARY} ${crypto.randomUUID()}`,
    type: 'WORKER',
    grantTypes: ['CLIENT_CREDENTIALS'],
    responseTypes: [],
    assertionAudience: 'ISSUER',
    ...wanted,
  });
}

function assertion(alg, id, kid, key) {
  return new jose.SignJWT()
    .setProtectedHeader({ alg, kid })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(metadata.issuer)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);
}

/** Whether the token endpoint takes the assertion; a refusal is one of RFC 6749 §5.2. */
async function accepted(id, text) {
  const answer = await fetch(metadata.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
    }),
  });
  const { error, access_token: token } = await answer.json();
  expect(answer.ok ? token : answer.status === 401 && error === 'invalid_client', `${answer.status} ${error} for ${text}`);
  return answer.ok;
}

/** One sign-on; then the application chooses one algorithm after the other, and each refreshed ID token verifies by the key set. */
async function idTokens() {
  const application = {
    name: `${LIBRARY} ${crypto.randomUUID()}`,
    enabled: true,
    protocol: 'OPENID_CONNECT',
    type: 'WEB_APP',
    grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
    responseTypes: ['CODE'],
    redirectUris: [redirectUri],
    tokenEndpointAuthMethod: 'CLIENT_SECRET_POST',
  };
  const { id, secret } = await registered(application);
  const api = management(await workerToken());
  const request = new URL(metadata.authorization_endpoint);
  request.search = new URLSearchParams({ client_id: id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid' });
  const code = signOn(request).searchParams.get('code');
  const tokens = async (wanted) => {
    const body = new URLSearchParams({ client_id: id, client_secret: secret, ...wanted });
    const answer = await fetch(metadata.token_endpoint, { method: 'POST', body });
    expect(answer.ok, `${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  };
  let { refresh_token: refresh } = await tokens({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
  const verified = [];
  for (const alg of PAIRS) {
    await api('PUT', `applications/${id}`, { ...application, idTokenSignedResponseAlg: alg });
    const answer = await tokens({ grant_type: 'refresh_token', refresh_token: refresh });
    refresh = answer.refresh_token;
    const keys = jose.createRemoteJWKSet(new URL(metadata.jwks_uri));
    const { protectedHeader } = await jose.jwtVerify(answer.id_token, keys, {
      issuer: metadata.issuer,
      audience: id,
      algorithms: [alg],
    });
    expect(protectedHeader.alg === alg, `the ID token is signed by ${protectedHeader.alg} instead of ${alg}`);
    const [header, payload, signature] = answer.id_token.split('.');
    const spoiled = `${header}.${Buffer.from(`${Buffer.from(payload, 'base64url')} `).toString('base64url')}.${signature}`;
    const refusal = await jose.jwtVerify(spoiled, keys).then(() => null, (error) => error);
    expect(refusal?.code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', `a spoiled ID token gave ${refusal}`);
    verified.push(alg);
  }
  return verified;
}

/** Every case of the table under each algorithm; who accepts is who stands there. */
async function mutations() {
  const cases = JSON.parse(readFileSync(new URL('../jose/mutations.json', import.meta.url), 'utf8'));
  const wrong = [];
  let tried = 0;
  for (const alg of ['HS256', ...PAIRS]) {
    const key = pairs.find((one) => one.alg === alg);
    const { id } = key ? clients.find((one) => one.alg === alg) : bySecret;
    for (const one of cases.filter(({ pair, except }) => (key || !pair) && except !== alg)) {
      const token = mutated(one, alg, id, key);
      if (!token) {
        continue;
      }
      const accepting = new Set();
      if (await accepted(id, token)) {
        accepting.add('grantor');
      }
      const verifying = key ? key.publicKey : new TextEncoder().encode(bySecret.secret);
      const claims = await jose.jwtVerify(token, verifying, { algorithms: [alg] }).then(({ payload }) => payload, () => null);
      if (claims) {
        accepting.add(LIBRARY);
        expect(claims.sub === id, `${alg} ${one.name}: the subject is ${claims.sub}`);
      }
      tried += 1;
      const due = one.accepted.filter((name) => name === 'grantor' || name === LIBRARY);
      if (due.length !== accepting.size || due.some((name) => !accepting.has(name))) {
        wrong.push(`${alg} ${one.name} (${one.why}): accepted by [${[...accepting]}] and not [${due}]`);
      }
    }
  }
  expect(!wrong.length, wrong.join('\n'));
  return tried;
}

/** The token of one case: header and payload by their texts, what is signed and what is sent by their parts. Undefined: it cannot be made. */
function mutated(one, alg, id, key) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: id, sub: id, aud: metadata.issuer, jti: crypto.randomUUID(), iat: now, exp: now + 60 };
  const kid = key?.jwk.kid ?? 'none';
  const text = (template) =>
    template
      .replace('$CLAIMS', JSON.stringify(claims).slice(1, -1))
      .replace('$ALG', alg)
      .replace('$alg', alg.toLowerCase())
      .replace('$KID', kid)
      .replace('$JWK', JSON.stringify(key?.jwk))
      .replace('$OTHER', JSON.stringify(key?.otherJwk));
  const payload = text(one.payload ?? '{$CLAIMS}');
  const parts = { H: part(text(one.header ?? '{"alg":"$ALG","kid":"$KID"}')), P: part(payload), C: payload };
  const filled = (template) =>
    template.replace(/\$([HPCSI])([~=]?)/g, (_, name, how) => SPELLED[how](parts[name]));
  parts.I = filled(one.input ?? '$H.$P');
  parts.S = signature(one.signer, alg, key, parts.I).toString('base64url');
  // Three octets fill four characters.
  if (/\$S[~=]/.test(one.token) && parts.S.length % 4 === 0) {
    return undefined;
  }
  return filled(one.token ?? '$I.$S');
}

/** base64url of a text that leaves spare bits in its last character. */
function part(text) {
  const bytes = Buffer.from(text);
  return bytes.length ? Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 3)) % 3, ' ')]).toString('base64url') : '';
}

/** A signature without the library, which would not make most of these. */
function signature(signer, alg, key, input) {
  if (signer === 'public') {
    return createHmac('sha256', JSON.stringify(key.jwk)).update(input).digest();
  }
  if (!key) {
    return createHmac('sha256', bySecret.secret).update(input).digest();
  }
  // EdDSA, Ed25519 and ML-DSA hash as they are.
  const hash = /^[A-Z]S\d{3}$/.test(alg) ? `sha${alg.slice(-3)}` : null;
  return sign(hash, Buffer.from(input), {
    key: createPrivateKey({ key: signer === 'other' ? key.other : key.own, format: 'jwk' }),
    dsaEncoding: 'ieee-p1363',
    padding: alg.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : undefined,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}
