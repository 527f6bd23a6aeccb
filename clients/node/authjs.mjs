// Auth.js (@auth/express) in an Express application, visited with Chromium: sign-on with PKCE, state and nonce, the session of a
// user whose address nobody verified, sign-out, and a refused sign-on.
// Reads what stage.mjs reads.

import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';
import { once } from 'node:events';
import { plainUser, reached, registered } from './application.mjs';
import { browser } from './browser.mjs';
import { expect } from './expect.mjs';
import { authPath, envID, signOn } from './stage.mjs';

const issuer = `${authPath}/${envID}/as`;
const listener = express().listen(0, '127.0.0.1');
await once(listener, 'listening');
const origin = `http://localhost:${listener.address().port}`;
const chromium = await browser();

try {
  const { id, secret } = await registered({
    name: `Auth.js ${crypto.randomUUID()}`,
    type: 'WEB_APP',
    grantTypes: ['AUTHORIZATION_CODE'],
    redirectUris: [`${origin}/auth/callback/grantor`],
    pkceEnforcement: 'S256_REQUIRED',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  });
  listener.removeAllListeners('request');
  listener.on('request', application(id, secret));
  const user = await plainUser();

  const page = await (await chromium.newContext()).newPage();
  const asked = await begin(page);
  for (const name of ['code_challenge', 'state', 'nonce']) {
    expect(asked.searchParams.get(name), `the request has no ${name}: ${asked}`);
  }
  await signOn(page, user.username, user.password);
  await reached(page, (url) => url.href === `${origin}/`, 'sign-on');
  const session = JSON.parse(await page.innerText('body'));
  // C5: Auth.js takes the address from the ID token alone.
  expect(session?.user?.email === user.email, `the session is ${JSON.stringify(session)}`);
  expect(session.sub === user.id, `the session is of ${session.sub}`);
  console.log('ok Auth.js signs on, and its session has the address');

  await page.goto(`${origin}/auth/signout`);
  await page.click('button');
  await reached(page, (url) => url.href === `${origin}/`, 'sign-out');
  expect((await page.innerText('body')) === 'null', 'the sign-out left the session');
  await begin(page);
  await reached(page, (url) => url.href === `${origin}/`, 'sign-on with the session of the server');
  console.log('ok Auth.js signs out, and on again without a password');

  const other = await (await chromium.newContext()).newPage();
  await begin(other);
  await other.click('#cancel');
  const back = await reached(other, (url) => url.href.startsWith(`${origin}/auth/`), 'turning away');
  expect(back.searchParams.get('error'), `turning away ends at ${back}`);
  console.log('ok Auth.js is told that the person turned away');
} finally {
  await chromium.close();
  listener.close();
}

function application(clientId, clientSecret) {
  const config = {
    secret: 'of this test alone',
    trustHost: true,
    logger: { error() {} },
    providers: [{
      id: 'grantor', name: 'Grantor', type: 'oidc', issuer, clientId, clientSecret, checks: ['pkce', 'state', 'nonce'],
    }],
    callbacks: {
      jwt: ({ token, profile }) => (profile ? { ...token, subject: profile.sub } : token),
      session: ({ session, token }) => ({ ...session, sub: token.subject }),
    },
  };
  const app = express();
  app.use('/auth', ExpressAuth(config));
  app.get('/', async (request, response) => response.json(await getSession(request, config)));
  return app;
}

/** Presses the button of the library's own sign-on page; gives the authorization request. */
async function begin(page) {
  await page.goto(`${origin}/auth/signin`);
  const request = page.waitForRequest((each) => each.url().startsWith(`${issuer}/authorize?`));
  await page.click('button');
  return new URL((await request).url());
}
