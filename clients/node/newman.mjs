// A collection of ../postman, run by newman with the environment that `grantor dev --postman` writes.
// Usage: newman.mjs COLLECTION
// Reads POSTMAN, the path of that environment. Needs openssl for the collection `workflows`.

import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import newman from 'newman';
import { fileURLToPath } from 'node:url';

const name = process.argv[2];
const collection = fileURLToPath(new URL(`../postman/${name}.postman_collection.json`, import.meta.url));
const envVar = Object.entries(name === 'workflows' ? ownKeys() : {}).map(([key, value]) => ({ key, value }));
const summary = await new Promise((resolve, reject) => {
  const options = { collection, environment: process.env.POSTMAN, envVar, timeoutRequest: 30_000 };
  newman.run(options, (error, ran) => (error ? reject(error) : resolve(ran)));
});

const { failures, stats } = summary.run;
for (const { source, error } of failures) {
  console.error(`Error: ${source.name}: ${error.test ?? ''} ${error.message}`);
}
const { requests, assertions } = stats;
console.log(`ok newman ${name}: ${assertions.total - assertions.failed} of ${assertions.total} assertions in ${requests.total} requests`);
process.exitCode = failures.length || !assertions.total ? 1 : 0;

/** What a person has before PRIVATE_KEY_JWT: a key and its JWKS string, and a key with a certificate. */
function ownKeys() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'newman' };
  const { kty, n, e, kid } = jwk;
  const jwks = JSON.stringify({ keys: [{ kty, n, e, kid, use: 'sig', alg: 'RS256' }] });
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=newman', '-keyout', '-', '-out', '-'];
  const pem = execFileSync('openssl', made, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return {
    privateKeyJwk: JSON.stringify(jwk),
    jwksString: jwks.replaceAll('"', '\\"'),
    certificateKeyJwk: JSON.stringify(createPrivateKey(pem).export({ format: 'jwk' })),
    publicKeyCertificate: pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')),
  };
}
