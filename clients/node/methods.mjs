// What the JavaScript libraries need to go through the applications of ../methods.py: their description, keys, connections with a certificate.
// Reads METHODS.

import { readFileSync } from 'node:fs';
import { importJWK } from 'jose';
import { Agent, fetch as fetchWith } from 'undici';
import { expect } from './expect.mjs';

export const { issuer, redirectUri, authority, clients } = JSON.parse(readFileSync(process.env.METHODS, 'utf8'));

/** Those that prove themselves in this way; each has what it is called in what is printed. */
export function those(...methods) {
  const found = clients.filter(({ method }) => methods.includes(method));
  expect(found.length, `no application with ${methods}`);
  return found;
}

export function called({ method, alg }) {
  return alg ? `${method} ${alg}` : method;
}

/** The client's private key. */
export function privateKey({ jwk, alg }) {
  return importJWK(jwk, alg);
}

/** The same client with the proof of somebody else: a secret, a key, a certificate that it has not registered. */
export function foreign(application) {
  return { ...application, ...application.foreign };
}

/** `fetch` on connections that show the client's certificate. */
export function certified({ certificate, key }) {
  const connect = { ca: readFileSync(authority), cert: readFileSync(certificate), key: readFileSync(key) };
  const dispatcher = new Agent({ connect });
  return (url, options) => fetchWith(url, { ...options, dispatcher });
}

/** A claim of a compact JWS, read without verifying. */
export function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}
