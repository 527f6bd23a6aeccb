// C1: @forgerock/javascript-sdk in Chromium: silent try and sign-on page, exchange, stored tokens, userinfo, silent renewal, logout.
// Reads what stage.mjs reads.

import { inBrowser, reached, registered, singlePage, userinfoStatus } from './application.mjs';
import { expect } from './expect.mjs';
import { authPath, envID, signOn, username } from './stage.mjs';

const issuer = `${authPath}/${envID}/as`;

await inBrowser({ packageName: '@forgerock/javascript-sdk', globalName: 'forgerock' }, async (page, origin) => {
  const { id: clientId } = await registered(singlePage('Ping JavaScript SDK', origin));
  const open = async (path) => {
    await page.goto(`${origin}${path}`);
    await configure(page, { clientId, redirectUri: `${origin}/callback`, scope: 'openid profile email' });
  };
  const tokens = (options) => page.evaluate((given) => forgerock.TokenManager.getTokens(given), options);

  await open('/');
  await signOnByRedirect(page);
  const back = await reached(page, (url) => url.pathname === '/callback', 'sign-on');
  const [code, state] = [back.searchParams.get('code'), back.searchParams.get('state')];
  console.log('ok @forgerock/javascript-sdk goes to the sign-on page by itself');

  await open('/');
  const first = await tokens({ query: { code, state } });
  expect(first.accessToken && first.idToken && first.tokenExpiry > Date.now(), `tokens: ${JSON.stringify(first)}`);
  expect((await tokens()).accessToken === first.accessToken, 'stored tokens are not given again');
  console.log('ok @forgerock/javascript-sdk exchanges and keeps');

  const user = await page.evaluate(() => forgerock.UserManager.getCurrentUser());
  expect(user.preferred_username === username && user.email, `userinfo: ${JSON.stringify(user)}`);
  console.log('ok @forgerock/javascript-sdk userinfo');

  const called = await page.evaluate(async (url) => {
    const answer = await forgerock.HttpClient.request({ url, timeout: 5000, init: { method: 'GET' }, bypassAuthentication: false });
    return answer.status;
  }, `${issuer}/userinfo`);
  expect(called === 200, `a request with the kept token: ${called}`);
  console.log('ok @forgerock/javascript-sdk calls with the kept token');

  const renewed = await tokens({ forceRenew: true });
  expect(renewed.accessToken !== first.accessToken, 'the renewal gave the same access token');
  expect((await userinfoStatus(issuer, first.accessToken)) === 401, 'the renewal did not revoke the token before');
  expect((await userinfoStatus(issuer, renewed.accessToken)) === 200, 'the renewed token is not good');
  console.log('ok @forgerock/javascript-sdk renews in a hidden frame and revokes');

  await page.evaluate((to) => void forgerock.FRUser.logout({ logoutRedirectUri: to }), `${origin}/signed-out`);
  await reached(page, (url) => url.href === `${origin}/signed-out`, 'logout');
  expect((await userinfoStatus(issuer, renewed.accessToken)) === 401, 'the logout did not revoke');
  await open('/');
  expect(!(await page.evaluate(() => forgerock.TokenStorage.get())), 'the logout left tokens in the browser');
  await signOnByRedirect(page);
  await reached(page, (url) => url.pathname === '/callback', 'sign-on after logout');
  console.log('ok @forgerock/javascript-sdk logout, and sign-on afterwards');

  await logoutWithoutRedirect(page, open, tokens);
});

async function configure(page, application) {
  await page.evaluate(
    (config) => forgerock.Config.setAsync({ ...config, logLevel: 'warn' }),
    { ...application, serverConfig: { wellknown: `${issuer}/.well-known/openid-configuration`, timeout: 5000 } },
  );
}

/** `login: 'redirect'` tries silently first; the server's words for "nobody is signed on" must lead to the page. */
async function signOnByRedirect(page) {
  const refused = page.evaluate(() => forgerock.TokenManager.getTokens({ login: 'redirect' }));
  // The page goes away under the call, which is then told so; what the library itself throws comes before that.
  const told = refused.then(() => new Promise(() => {}), (error) => error.message);
  const shown = page.waitForSelector('[name=username]', { timeout: 15_000 }).then(() => null);
  const thrown = await Promise.race([shown, told]);
  expect(!thrown || /context was destroyed|navigat/i.test(thrown), `getTokens threw: ${thrown}`);
  await shown;
  await signOn(page);
}

/** `redirect: false` ends the session by a script's request. */
async function logoutWithoutRedirect(page, open, tokens) {
  const back = new URL(page.url());
  await open('/');
  await tokens({ query: { code: back.searchParams.get('code'), state: back.searchParams.get('state') } });
  const warnings = [];
  page.on('console', (line) => warnings.push(line.text()));
  await page.evaluate(() => forgerock.FRUser.logout({ redirect: false }));
  expect(!warnings.some((line) => /endSession|revokeToken/.test(line)), warnings.join('\n'));
  await signOnByRedirect(page);
  await reached(page, (url) => url.pathname === '/callback', 'sign-on after a silent logout');
  console.log('ok @forgerock/javascript-sdk logout without a redirect');
}
