// An application of somebody else's: its pages on a port of its own, its library as it is shipped, and its registration.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { browser } from './browser.mjs';
import { expect } from './expect.mjs';
import { management, workerToken } from './stage.mjs';

/** Pages of one origin, each with the package under a global name; `{ origin, close }`. */
export async function site(packageName, globalName) {
  const script = await bundle(packageName, globalName);
  const page = `<!doctype html><title>${packageName}</title><body><script src="/library.js"></script>`;
  const serve = (request, response) => {
    const library = request.url === '/library.js';
    response.setHeader('content-type', library ? 'text/javascript' : 'text/html');
    response.end(library ? script : page);
  };
  // A browser in private keeps cookies of another site from a frame, and http is another site than https.
  const { TLS_CERTIFICATE, TLS_KEY } = process.env;
  const secure = TLS_CERTIFICATE && { cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY) };
  const server = secure ? createSecureServer(secure, serve) : createServer(serve);
  const port = await listening(server);
  return { origin: `${secure ? 'https' : 'http'}://localhost:${port}`, close: () => server.close() };
}

/** Starts a server of ours on a free port and gives the port. */
export async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

async function bundle(packageName, globalName) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${packageName}';`, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'iife',
    globalName,
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** Registers an application through the management API, as its owner would; `{ id, secret }`. */
export async function registered(wanted, environment) {
  const api = management(await workerToken(), environment);
  const application = { enabled: true, protocol: 'OPENID_CONNECT', responseTypes: ['CODE'], ...wanted };
  const { id } = await api('POST', 'applications', application);
  const { secret } = await api('GET', `applications/${id}/secret`);
  return { id, secret };
}

/** What a single-page application of this origin registers. */
export function singlePage(name, origin) {
  return {
    name: `${name} ${crypto.randomUUID()}`,
    type: 'SINGLE_PAGE_APP',
    grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
    redirectUris: [`${origin}/callback`],
    postLogoutRedirectUris: [`${origin}/signed-out`],
    corsSettings: { behavior: 'ALLOW_SPECIFIC_ORIGINS', origins: [origin] },
    pkceEnforcement: 'S256_REQUIRED',
    tokenEndpointAuthMethod: 'NONE',
  };
}

/** A user as the API makes one: an address that nobody has verified, and a password that may stay. */
export async function plainUser() {
  const api = management(await workerToken());
  const made = { username: `plain-${crypto.randomUUID()}`, email: 'plain@example.com', password: 'Set by an operator, 1' };
  const population = { id: process.env.popID };
  const { id } = await api('POST', 'users', { username: made.username, email: made.email, population });
  await api('PUT', `users/${id}/password`, { value: made.password }, 'application/vnd.pingidentity.password.set+json');
  return { id, ...made };
}

/** Runs a walk in a browser against an application's pages, and tells the browser's complaints when the walk fails. */
export async function inBrowser({ packageName, globalName }, walk) {
  const application = await site(packageName, globalName);
  const chromium = await browser();
  const complaints = [];
  try {
    const page = await (await chromium.newContext({ ignoreHTTPSErrors: true })).newPage();
    page.on('console', (line) => complaints.push(`${line.type()}: ${line.text()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
    await walk(page, application.origin);
  } catch (error) {
    throw new Error([error.message, ...complaints].join('\n'), { cause: error });
  } finally {
    await chromium.close();
    application.close();
  }
}

/** The address that a page has reached once `holds` says so; says where it is when it does not come to that. */
export async function reached(page, holds, what) {
  await page.waitForURL(holds, { timeout: 15_000 }).catch(() => {
    throw new Error(`${what}: the page is at ${page.url()}`);
  });
  return new URL(page.url());
}

/** Asks again until `holds` says so: what a library does behind its answer. */
export async function eventually(holds, what) {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    expect(Date.now() < deadline, what);
    await setTimeout(50);
  }
}

/** The status of userinfo for an access token, asked from outside the browser. */
export async function userinfoStatus(issuer, token) {
  const answer = await fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  return answer.status;
}

/** Says `what` when the value is an error of a library, which returns them. */
export function noError(value, what) {
  expect(value && !value.error, `${what}: ${JSON.stringify(value)}`);
  return value;
}
