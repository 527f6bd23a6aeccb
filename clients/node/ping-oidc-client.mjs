// C1: @forgerock/oidc-client in Chromium: redirect, background authorization, exchange, renewal, userinfo, session, revocation,
// logout.
//
// Reads what stage.mjs reads.

import { eventually, inBrowser, noError, reached, registered, singlePage, userinfoStatus } from './application.mjs';
import { expect } from './expect.mjs';
import { authPath, envID, signOn, username } from './stage.mjs';

const { userID } = process.env;
const issuer = `${authPath}/${envID}/as`;

await inBrowser({ packageName: '@forgerock/oidc-client', globalName: 'ping' }, async (page, origin) => {
  const { id: clientId } = await registered(singlePage('Ping OIDC client', origin));
  const config = {
    clientId,
    redirectUri: `${origin}/callback`,
    signOutRedirectUri: `${origin}/signed-out`,
    scope: 'openid profile email',
    serverConfig: { wellknown: `${issuer}/.well-known/openid-configuration` },
  };
  const open = async () => {
    await page.goto(`${origin}/`);
    await page.evaluate(async (given) => { window.client = await ping.oidc({ config: given }); }, config);
  };
  /** One call of the library by its path, `token.get` and so on. */
  const call = (path, ...given) => page.evaluate(([name, values]) => {
    const [group, method] = name.split('.');
    return window.client[group][method](...values);
  }, [path, given]);

  await open();
  const nobody = await call('authorize.background');
  expect(/User authentication is required/.test(nobody.error_description), `nobody is signed on: ${JSON.stringify(nobody)}`);
  expect(nobody.redirectUrl?.startsWith(`${issuer}/authorize?`), `no address to go on to: ${JSON.stringify(nobody)}`);
  console.log('ok @forgerock/oidc-client background authorization says that nobody is signed on');

  const url = await call('authorize.url');
  await page.goto(url);
  await signOn(page);
  const back = await reached(page, (address) => address.pathname === '/callback', 'sign-on');
  await open();
  const first = noError(await call('token.exchange', back.searchParams.get('code'), back.searchParams.get('state')), 'exchange');
  expect(first.accessToken && first.idToken, `exchange: ${JSON.stringify(first)}`);
  expect((await call('token.get')).accessToken === first.accessToken, 'stored tokens are not given again');
  console.log('ok @forgerock/oidc-client redirect and exchange');

  const user = noError(await call('user.info'), 'userinfo');
  expect(user.preferred_username === username && user.sub === userID, `userinfo: ${JSON.stringify(user)}`);
  console.log('ok @forgerock/oidc-client userinfo');

  await sessions(call, origin);
  const alone = { ...config, redirectUri: undefined };
  const asked = await page.evaluate(async (given) => (await ping.oidc({ config: given })).user.session(), alone);
  expect(noError(asked, 'session by script').responseType === 'none', JSON.stringify(asked));
  console.log('ok @forgerock/oidc-client session by script');

  const given = noError(await call('authorize.background'), 'background authorization');
  const second = noError(await call('token.exchange', given.code, given.state), 'exchange of a background code');
  expect(second.accessToken !== first.accessToken, 'the background code gave the same access token');
  console.log('ok @forgerock/oidc-client background authorization');

  const renewed = noError(await call('token.get', { forceRenew: true, backgroundRenew: true }), 'renewal');
  expect(renewed.accessToken !== second.accessToken, 'the renewal gave the same access token');
  // The library revokes the token before, and keeps the new one, without waiting for either.
  await eventually(async () => (await userinfoStatus(issuer, second.accessToken)) === 401, 'the token before the renewal is good');
  await eventually(async () => (await call('token.get')).accessToken === renewed.accessToken, 'the renewed token is not kept');
  console.log('ok @forgerock/oidc-client renewal');

  noError(await call('token.revoke'), 'revocation');
  expect((await userinfoStatus(issuer, renewed.accessToken)) === 401, 'a revoked token is still good');
  console.log('ok @forgerock/oidc-client revocation');

  const last = noError(await call('token.get', { backgroundRenew: true }), 'tokens without stored ones');
  noError(await call('user.logout'), 'logout');
  expect((await userinfoStatus(issuer, last.accessToken)) === 401, 'the logout did not revoke');
  const after = await call('authorize.background');
  expect(after.error && !after.code, `the logout left the session: ${JSON.stringify(after)}`);
  console.log('ok @forgerock/oidc-client logout');
});

/** `response_type=none` in a frame; PingOne's `id_token` is implicit flow, which this application was not given. */
async function sessions(call, origin) {
  const framed = noError(await call('user.session'), 'session in a frame');
  expect(framed.responseType === 'none', JSON.stringify(framed));
  const refused = await call('user.session', { responseType: 'id_token', redirectUri: `${origin}/callback` });
  expect(refused.error === 'unauthorized_client', `session by ID token: ${JSON.stringify(refused)}`);
  console.log('ok @forgerock/oidc-client session in a frame');
}
