// What every check of the pages stands on: a page of its own, and the ways to each page that a person can meet.
// Reads authPath, apiPath, adminEnvID, adminAppID, adminAppSecret, envID, popID, sharedWebAppID, username, password.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { browser } from './browser.mjs';
import { expect } from './expect.mjs';
import { redirectUri } from './walk.mjs';

export const { authPath, envID, password, sharedWebAppID, username } = process.env;

/** A browser in which the redirect URI leads to an application of our own, on whatever port is free. */
export async function visitor() {
  const application = createServer((_, response) => response.end('received')).listen(0, '127.0.0.1');
  await once(application, 'listening');
  const chromium = await browser([`--host-resolver-rules=MAP ${new URL(redirectUri).host} 127.0.0.1:${application.address().port}`]);
  chromium.on('disconnected', () => application.close());
  return chromium;
}

/** The address of an authorization request for the shared web application. */
export function authorization(more) {
  const request = {
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    client_id: sharedWebAppID,
    ...more,
  };
  return `${authPath}/${envID}/as/authorize?${new URLSearchParams(request)}`;
}

/** A page of its own; closing it asserts that nothing broke the policy and nothing was fetched from elsewhere. */
export async function opened(chromium, options) {
  const context = await chromium.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (line) => {
    // A page that says no has a status that the browser reports.
    if (line.type() === 'error' && !line.text().includes('status of 4')) {
      complaints.push(line.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const known = [`${authPath}/`, redirectUri, 'data:'];
    if (!known.some((start) => request.url().startsWith(start))) {
      complaints.push(`a request to ${request.url()}`);
    }
  });
  const close = async (done) => {
    expect(!complaints.length, complaints.join('\n'));
    await context.close();
    if (done) {
      console.log(`ok ${done}`);
    }
  };
  return { page, close };
}

/** Fills the sign-on page in and sends it. */
export async function signOn(page, name = username, secret = password) {
  await page.fill('[name=username]', name);
  await page.fill('[name=password]', secret);
  await page.click('#sign-on');
}

/** Says on the sign-on page that the password is forgotten, and waits for the page that asks for a code. */
export async function forgot(page, name) {
  await page.goto(authorization());
  await page.fill('[name=username]', name);
  await page.click('#forgot-password');
  await page.waitForSelector('[name=recoveryCode]');
}

/** The request that the application receives when `act` has led there: its parameters. */
export async function received(page, act) {
  const callback = page.waitForRequest((request) => request.url().startsWith(redirectUri), { timeout: 15_000 });
  await act();
  const { searchParams } = new URL((await callback).url());
  await page.waitForURL((url) => url.href.startsWith(redirectUri));
  return searchParams;
}

/** A user who must change the password at the next sign-on: `{ username, email, password }`. */
export async function newcomer() {
  const api = management(await workerToken());
  const name = `newcomer-${crypto.randomUUID()}`;
  const made = { username: name, email: `${name}@example.com`, password: 'Set by an operator, 1' };
  const population = { id: process.env.popID };
  const { id } = await api('POST', 'users', { username: name, email: made.email, population });
  const secret = { value: made.password, forceChange: true };
  await api('PUT', `users/${id}/password`, secret, 'application/vnd.pingidentity.password.set+json');
  return made;
}

/** Every page that a person can meet, by its name, and the way there. */
export function places(forced) {
  return {
    front: (page) => page.goto(`${authPath}/`),
    world: async (page) => {
      await page.goto(`${authPath}/`);
      await page.click('#new-world');
      await page.waitForSelector('#clock');
    },
    'sign-on': (page) => page.goto(authorization()),
    'sign-on refused': async (page) => {
      await page.goto(authorization());
      await signOn(page, username, 'not the password');
      await page.waitForSelector('[role=alert]');
    },
    'password change': async (page) => {
      await page.goto(authorization());
      await signOn(page, forced.username, forced.password);
      await page.waitForSelector('[name=newPassword]');
    },
    'forgotten password': (page) => forgot(page, forced.username),
    'forgotten password refused': async (page) => {
      await forgot(page, forced.username);
      await page.fill('[name=recoveryCode]', 'NOT-THE-CODE');
      await page.fill('[name=newPassword]', 'Chosen by its person, 2');
      await page.click('#change-password');
      await page.waitForSelector('[role=alert]');
    },
    'flow ended': async (page) => {
      await page.goto(authorization());
      const flow = page.url();
      await received(page, () => signOn(page));
      await page.goto(flow);
      await page.waitForSelector('#flow-ended');
    },
    error: (page) => page.goto(authorization({ client_id: '00000000-0000-4000-8000-000000000000' })),
    'error redirect': (page) => page.goto(authorization({ redirect_uri: `${redirectUri}/` })),
    'not found': (page) => page.goto(`${authPath}/nothing/here`),
    'sign-off': async (page) => {
      await page.goto(authorization());
      await received(page, () => signOn(page));
      await page.goto(`${authPath}/${envID}/as/signoff`);
      await page.waitForSelector('#log-out');
    },
    'signed out': async (page) => {
      await page.goto(authorization());
      await received(page, () => signOn(page));
      await page.goto(`${authPath}/${envID}/as/signoff`);
      await page.click('#log-out');
      await page.waitForSelector('#logged-out');
    },
    'try it': async (page) => {
      await page.goto(`${authPath}/`);
      await page.click('#try-it');
      await page.click('#sign-on');
      await page.waitForSelector('text=The signature is valid');
    },
    connected: async (page) => {
      await page.goto(`${authPath}/`);
      await page.fill('[name=redirect_uri]', 'http://localhost:4000/callback');
      await page.click('#register');
      await page.waitForSelector('#snippet-1');
    },
    document: (page) => page.goto(`${authPath}/docs/configuration.md`),
  };
}

/** An access token of the administrators' worker. */
export async function workerToken() {
  const { adminEnvID, adminAppID, adminAppSecret } = process.env;
  const answer = await fetch(`${authPath}/${adminEnvID}/as/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${adminAppID}:${adminAppSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return (await answer.json()).access_token;
}

/** Calls the management API of the environment, or of another one, and gives the answer. */
export function management(token, environment = envID) {
  return async (method, path, body, type = 'application/json') => {
    const answer = await fetch(`${process.env.apiPath}/environments/${environment}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: body && JSON.stringify(body),
    });
    expect(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  };
}
