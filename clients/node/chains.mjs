// Browsers as they are: what an application does behind its redirect URI, cookies of others, tabs that begin together, and
// popups. Each with an application of our own, whose people end up elsewhere than where we send them.

import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import { browser } from './browser.mjs';
import { expect } from './expect.mjs';
import { authorization, authPath, envID, newcomer, password, signOn, username } from './stage.mjs';
import { redirectUri } from './walk.mjs';

const application = new URL(redirectUri).origin;
/** Where the application leads people in the end, over another origin. */
const HOME = 'http://home.example/welcome';

const site = await listening(createServer(behindTheRedirectUri));
const proxy = await listening(createServer(forward));
const rules = [
  `MAP ${new URL(application).host} 127.0.0.1:${site.address().port}`,
  `MAP *.example 127.0.0.1:${site.address().port}`,
  `MAP ${new URL(authPath).host} 127.0.0.1:${proxy.address().port}`,
];
const chromium = await browser([`--host-resolver-rules=${rules.join(', ')}`]);
/** Requests that wait until there are as many as `together`, and headers that are taken from requests. */
const held = { together: 0, waiting: [], without: [] };

try {
  for (const javaScriptEnabled of [true, false]) {
    await chains(javaScriptEnabled);
  }
  await foreignCookies();
  await tabsTogether();
  await popups();
  await blanks();
} finally {
  await chromium.close();
  site.close();
  proxy.close();
}

/** D1: every form that ends at the application, and the application's own redirects behind it. */
async function chains(javaScriptEnabled) {
  const visit = async (name, begin) => {
    const context = await chromium.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    await begin(page);
    await page.waitForURL((url) => url.href.startsWith(HOME), { timeout: 15_000 }).catch(() => {
      throw new Error(`${name}: the person is not at home but at ${page.url()}`);
    });
    await context.close();
    console.log(`ok ${name} leads home, scripts ${javaScriptEnabled ? 'on' : 'off'}`);
  };
  const goOn = async (page) => {
    if (!javaScriptEnabled) {
      await page.click('#continue');
    }
  };
  await visit('sign-on', async (page) => {
    await page.goto(authorization());
    await signOn(page);
  });
  await visit('sign-on after a wrong password', async (page) => {
    await page.goto(authorization({ response_mode: 'fragment' }));
    await signOn(page, username, 'wrong');
    await page.waitForSelector('[role=alert]');
    await signOn(page);
  });
  await visit('form_post', async (page) => {
    await page.goto(authorization({ response_mode: 'form_post' }));
    await signOn(page);
    await goOn(page);
  });
  await visit('forced password change', async (page) => {
    const user = await newcomer();
    await page.goto(authorization());
    await signOn(page, user.username, user.password);
    await page.fill('[name=newPassword]', 'Chosen by its person, 2');
    await page.click('#change-password');
  });
  await visit('turning away', async (page) => {
    await page.goto(authorization());
    await page.click('#cancel');
  });
  await visit('sign-off', async (page) => {
    await page.goto(authorization());
    await signOn(page);
    await page.waitForURL((url) => url.href.startsWith(HOME));
    const back = { client_id: process.env.sharedWebAppID, post_logout_redirect_uri: application };
    await page.goto(`${authPath}/${envID}/as/signoff?${new URLSearchParams(back)}`);
    await page.click('#log-out');
  });
}

/** D2: an application on another port shares our cookies, and puts into them what it likes. */
async function foreignCookies() {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(`${application}/blank`);
  await page.evaluate((env) => {
    const stranger = 'A'.repeat(43);
    for (const path of ['/', `/${env}`, `/${env}/as`, `/${env}/signon`]) {
      for (const pair of ['city=Zürich', 'json={"a": "☃"}', `ST=${stranger}`, 'ST-NO-SS=é', `FLOW=${stranger}`]) {
        document.cookie = `${pair}; path=${path}`;
      }
    }
  }, envID);
  await page.goto(authorization());
  await signOn(page);
  await page.waitForURL((url) => url.href.startsWith(HOME));
  const silent = page.waitForRequest((request) => request.url().startsWith(redirectUri));
  await page.goto(authorization({ prompt: 'none' }));
  expect(new URL((await silent).url()).searchParams.get('code'), 'the session is not seen among foreign cookies');
  await context.close();
  console.log('ok cookies of others');
}

/** D7: requests that are answered before the browser has kept the cookie of any; and a form that comes without cookies. */
async function tabsTogether() {
  const context = await chromium.newContext();
  const states = ['one', 'two', 'three'];
  const tabs = await Promise.all(states.map(() => context.newPage()));
  held.together = tabs.length;
  await Promise.all(tabs.map((tab, at) => tab.goto(authorization({ state: states[at] }))));
  held.together = 0;
  // An old browser does not say that a form is another site's, and sends none of our cookies with it.
  held.without = ['sec-fetch-site'];
  const posting = await context.newPage();
  await posting.goto('http://shop.example/form');
  await posting.evaluate((address) => {
    const { origin, pathname, searchParams } = new URL(address);
    const form = Object.assign(document.createElement('form'), { method: 'post', action: origin + pathname });
    for (const [name, value] of searchParams) {
      form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    }
    document.body.append(form);
    form.submit();
  }, authorization({ state: 'four' }));
  await posting.waitForSelector('#sign-on');
  held.without = [];
  for (const [at, tab] of [...tabs, posting].entries()) {
    expect(await tab.locator('#sign-on').count(), `tab ${at + 1} shows ${await tab.title()}`);
    const callback = tab.waitForRequest((request) => request.url().startsWith(redirectUri));
    await signOn(tab);
    const state = new URL((await callback).url()).searchParams.get('state');
    expect(state === [...states, 'four'][at], `tab ${at + 1} was answered with the state ${state}`);
  }
  await context.close();
  console.log('ok tabs that begin together');
}

/** C3: the page that opened the window sees it open, and the callback finds its opener. */
async function popups() {
  for (const more of [{}, { response_mode: 'form_post' }]) {
    const context = await chromium.newContext();
    const opener = await context.newPage();
    await opener.goto(`${application}/blank`);
    const open = async (address) => {
      const popup = context.waitForEvent('page');
      await opener.evaluate((where) => {
        window.told = new Promise((resolve) => (window.onmessage = (message) => resolve(message.data)));
        window.popup = window.open(where, '_blank', 'width=400,height=600');
      }, address);
      return popup;
    };
    const stays = async (where) => expect(!(await opener.evaluate(() => window.popup.closed)), `closed at ${where}`);
    const signsOn = await open(authorization({ state: 'popup', ...more }));
    await signsOn.waitForSelector('#sign-on');
    await stays('sign-on');
    await signOn(signsOn);
    expect((await opener.evaluate(() => window.told)) === '/callback', 'the callback has not told its opener');
    await stays('callback');
    const signsOff = await open(`${authPath}/${envID}/as/signoff`);
    await signsOff.waitForSelector('#log-out');
    await stays('sign-off');
    await signsOff.click('#log-out');
    await signsOff.waitForSelector('#logged-out');
    await stays('signed out');
    await context.close();
  }
  console.log('ok popups');
}

/** D12: the blank that a telephone's keyboard adds. */
async function blanks() {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(authorization());
  await signOn(page, `${username} `, password);
  await page.waitForURL((url) => url.href.startsWith(HOME), { timeout: 15_000 });
  await context.close();
  console.log('ok a blank after the name');
}

/** The application: its callback leads over another origin to a third; a popup's callback tells its opener and stays. */
function behindTheRedirectUri(request, response) {
  const url = new URL(request.url, `http://${request.headers.host}`);
  const goTo = (location) => response.writeHead(request.method === 'POST' ? 303 : 302, { location }).end();
  const show = (html) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    if (url.href.startsWith(HOME) || ['/blank', '/form'].includes(url.pathname)) {
      show('<!doctype html><title>here</title>');
    } else if (url.hostname === 'api.example') {
      goTo(HOME);
    } else if (`${url.search}&${body}`.includes('state=popup')) {
      show("<!doctype html><script>opener && opener.postMessage(location.pathname, '*')</script>");
    } else {
      goTo('http://api.example/next');
    }
  });
}

/** Between the browser and the server: holds answers back until their number is there, so that none is kept before the next. */
function forward(request, response) {
  const { hostname, port } = new URL(authPath);
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !held.without.includes(name)));
  const target = { hostname: hostname === 'localhost' ? '127.0.0.1' : hostname, port, path: request.url, method: request.method };
  const sent = ask({ ...target, headers, setHost: false }, (answer) => {
    const pass = () => answer.pipe(response.writeHead(answer.statusCode, answer.rawHeaders));
    if (!held.together || !request.url.includes('/authorize?')) {
      pass();
    } else if (held.waiting.push(pass) === held.together) {
      held.waiting.splice(0).forEach((release) => release());
    }
  });
  sent.on('error', () => response.destroy());
  request.pipe(sent);
}

async function listening(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
