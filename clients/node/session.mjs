// The frame that watches the session (OpenID Connect Session Management 1.0), in a browser as it is: messages and answers, whose page
// may hold it, and a flood of messages from elsewhere.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { browser } from './browser.mjs';
import { expect } from './expect.mjs';
import { authorization, authPath, envID, received, sharedWebAppID, signOn, workerToken } from './stage.mjs';
import { redirectUri } from './walk.mjs';

const application = new URL(redirectUri).origin;
const EVIL = 'http://evil.example';
const FRAME = `${authPath}/${envID}/as/check_session`;
/** LO-11 has a million; what is dropped unread costs the same each time. */
const FLOOD = 100_000;

const site = createServer(answer).listen(0, '127.0.0.1');
await once(site, 'listening');
const port = site.address().port;
const chromium = await browser([
  `--host-resolver-rules=MAP ${new URL(application).host} 127.0.0.1:${port}, MAP *.example 127.0.0.1:${port}`,
]);
try {
  await watch(true);
  await watched();
  await foreign();
} finally {
  await watch(false);
  await chromium.close();
  site.close();
}

/** Pages of the application and of somebody else, by their path. */
function answer(request, response) {
  const { pathname } = new URL(request.url, application);
  const frame = `<iframe name="op" src="${FRAME}"></iframe>`;
  const ask = `<script>
    window.ask = (message) => new Promise((resolve) => {
      const timer = setTimeout(() => resolve('nothing'), 2000);
      addEventListener('message', ({ data, origin }) => {
        if (origin !== '${new URL(authPath).origin}') return;
        clearTimeout(timer);
        resolve(data);
      }, { once: true });
      frames.op.postMessage(message, '*');
    });
  </script>`;
  const flood = `<script>
    let answers = 0;
    addEventListener('message', () => { answers += 1; });
    for (let sent = 0; sent < ${FLOOD}; sent += 1) parent.frames.op.postMessage('a b.c', '*');
    setTimeout(() => parent.postMessage(answers, '*'), 1000);
  </script>`;
  const pages = {
    '/watch': frame + ask,
    '/beside': `${frame}${ask}<iframe name="evil"></iframe>`,
    '/flood': flood,
  };
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!DOCTYPE html><title>page</title>${pages[pathname] ?? 'received'}`);
}

/** Switches the environment's sessionManagement. */
async function watch(on) {
  const address = `${process.env.apiPath}/environments/${envID}`;
  const headers = { authorization: `Bearer ${await workerToken()}`, 'content-type': 'application/json' };
  const environment = await (await fetch(address, { headers })).json();
  const body = JSON.stringify({ ...environment, sessionManagement: on });
  const put = await fetch(address, { method: 'PUT', headers, body });
  expect(put.ok, `PUT the environment: ${put.status} ${await put.text()}`);
}

/** What the frame says before and after the person signs off, and what it is asked for. */
async function watched() {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(authorization());
  const state = (await received(page, () => signOn(page))).get('session_state');
  expect(state, 'the response has no session_state');
  const ask = (message) => page.evaluate((text) => window.ask(text), message);
  await page.goto(`${application}/watch`);
  const table = [
    [`${sharedWebAppID} ${state}`, 'unchanged'],
    [`${sharedWebAppID} x${state}`, 'changed'],
    [`another ${state}`, 'changed'],
    ['', 'error'],
    [sharedWebAppID, 'error'],
    [`${sharedWebAppID} x`, 'error'],
    [`${'x'.repeat(4000)} ${state}`, 'error'],
    [{ client: sharedWebAppID }, 'error'],
  ];
  for (const [message, expected] of table) {
    const said = await ask(message);
    expect(said === expected, `${JSON.stringify(message).slice(0, 80)} is answered ${said}, and not ${expected}`);
  }
  const leaving = await context.newPage();
  await leaving.goto(`${authPath}/${envID}/as/signoff`);
  await leaving.click('#log-out');
  await leaving.waitForLoadState();
  const said = await ask(`${sharedWebAppID} ${state}`);
  expect(said === 'changed', `after the sign-off the frame says ${said}`);
  await context.close();
  console.log('ok the frame says what became of the session');
}

/** LO-11: pages of others do not hold it, and what they send to it is not answered and asks nobody. */
async function foreign() {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(`${EVIL}/watch`);
  const silent = await page.evaluate(() => window.ask('a b.c'));
  expect(silent === 'nothing', `a page of somebody else holds the frame, which says ${silent}`);
  await page.goto(authorization());
  const state = (await received(page, () => signOn(page))).get('session_state');
  await page.goto(`${application}/beside`);
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  const answers = await page.evaluate((evil) => {
    const told = new Promise((resolve) => {
      addEventListener('message', ({ data, origin }) => origin === evil && resolve(data));
    });
    document.querySelector('[name=evil]').src = `${evil}/flood`;
    return told;
  }, EVIL);
  expect(answers === 0, `of a flood of somebody else's ${answers} messages are answered`);
  const said = await page.evaluate((text) => window.ask(text), `${sharedWebAppID} ${state}`);
  expect(said === 'unchanged', `behind the flood the page itself is answered ${said}`);
  const asked = requests.filter((address) => address.startsWith(authPath));
  expect(!asked.length, `the frame asked for ${asked}`);
  await context.close();
  console.log(`ok ${FLOOD} messages of somebody else are dropped`);
}
