// The hosted pages as people meet them: by keyboard, without scripts, at three widths, light and dark, and through axe-core.
// Reads authPath, envID, sharedWebAppID, username, password, and CHROMIUM.

import { readFileSync } from 'node:fs';
import { browser } from './browser.mjs';
import { expect } from './expect.mjs';
import { redirectUri } from './walk.mjs';

const axe = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const { authPath, envID, password, sharedWebAppID, username } = process.env;
const signOn = authorization({ client_id: sharedWebAppID });
const refusal = authorization({ client_id: '00000000-0000-4000-8000-000000000000' });

const chromium = await browser();
try {
  for (const javaScriptEnabled of [true, false]) {
    await byKeyboard(javaScriptEnabled);
    await wrongPassword(javaScriptEnabled);
  }
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, url] of [['front page', `${authPath}/`], ['sign-on', signOn], ['error', refusal]]) {
      await accessible(name, url, colorScheme);
    }
  }
  for (const [name, url] of [['front page', `${authPath}/`], ['sign-on', signOn], ['error', refusal]]) {
    await fits(name, url);
  }
} finally {
  await chromium.close();
}

/** The whole sign-on without a mouse; the first field has the focus. */
async function byKeyboard(javaScriptEnabled) {
  const { page, close } = await opened({ javaScriptEnabled });
  await page.goto(signOn);
  expect((await page.title()).startsWith('Sign on to '), `the title is ${await page.title()}`);
  await page.keyboard.type(username);
  await page.keyboard.press('Tab');
  if (await page.evaluate(() => document.activeElement.name !== 'password').catch(() => false)) {
    throw new Error('the field after the username is not the password');
  }
  await page.keyboard.type(password);
  const callback = page.waitForRequest((request) => request.url().startsWith(redirectUri), { timeout: 15_000 });
  await page.keyboard.press('Enter');
  const parameters = new URL((await callback).url()).searchParams;
  expect(parameters.get('code'), `no code in ${parameters}`);
  expect(parameters.get('iss') === `${authPath}/${envID}/as`, `iss is ${parameters.get('iss')}`);
  await close(`keyboard only, scripts ${javaScriptEnabled ? 'on' : 'off'}`);
}

/** The error summary is announced, the name is kept, the password is not. */
async function wrongPassword(javaScriptEnabled) {
  const { page, close } = await opened({ javaScriptEnabled });
  await page.goto(signOn);
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', 'not the password');
  await page.click('#sign-on');
  await page.waitForSelector('[role=alert]');
  expect((await page.inputValue('[name=username]')) === username, 'the wrong password lost the username');
  expect((await page.inputValue('[name=password]')) === '', 'the page sent the password back');
  await close(`wrong password, scripts ${javaScriptEnabled ? 'on' : 'off'}`);
}

/** axe-core finds nothing; it needs the page's policy out of its way, the page does not. */
async function accessible(name, url, colorScheme) {
  const { page, close } = await opened({ colorScheme, bypassCSP: true });
  await page.goto(url);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  const told = violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(!told.length, `${name}, ${colorScheme}:\n${told.join('\n')}`);
  await close(`axe-core on the ${name}, ${colorScheme}`);
}

/** No horizontal bar from the narrowest telephone to a desk, nor with the text at twice its size. */
async function fits(name, url) {
  for (const [width, size] of [[320, '100%'], [360, '100%'], [768, '100%'], [1280, '100%'], [640, '200%']]) {
    const { page, close } = await opened({ viewport: { width, height: 800 }, bypassCSP: true });
    await page.goto(url);
    await page.evaluate((wanted) => (document.documentElement.style.fontSize = wanted), size);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide <= 0, `${name} is ${wide} px too wide at ${width} px, text at ${size}`);
    await close();
  }
  console.log(`ok the ${name} fits every width`);
}

/** A page of its own; closing it asserts that nothing broke the policy and nothing was fetched from elsewhere. */
async function opened(options) {
  const context = await chromium.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (line) => line.type() === 'error' && !line.text().includes('status of 4') && complaints.push(line.text()));
  page.on('request', (request) => {
    const known = [`${authPath}/`, redirectUri, 'data:'];
    if (!known.some((start) => request.url().startsWith(start))) {
      complaints.push(`a request to ${request.url()}`);
    }
  });
  await page.route(`${redirectUri}**`, (route) => route.fulfill({ body: 'received' }));
  const close = async (done) => {
    expect(!complaints.length, complaints.join('\n'));
    await context.close();
    if (done) {
      console.log(`ok ${done}`);
    }
  };
  return { page, close };
}

function authorization(more) {
  const request = { response_type: 'code', redirect_uri: redirectUri, scope: 'openid', ...more };
  return `${authPath}/${envID}/as/authorize?${new URLSearchParams(request)}`;
}
