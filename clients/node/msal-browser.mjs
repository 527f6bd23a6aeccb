// C3: @azure/msal-browser in Chromium: sign-on in a popup, kept and refreshed tokens, hidden frame, another popup, sign-off in a popup.
// Reads what stage.mjs reads. The library wants an issuer over https: run it by secure.mjs.

import { inBrowser, registered, singlePage, userinfoStatus } from './application.mjs';
import { expect } from './expect.mjs';
import { authPath, envID, signOn } from './stage.mjs';

const { userID } = process.env;
const issuer = `${authPath}/${envID}/as`;
const scopes = ['openid', 'profile', 'email'];

await inBrowser({ packageName: '@azure/msal-browser', globalName: 'msal' }, async (page, origin) => {
  const { id: clientId } = await registered(singlePage('MSAL', origin));
  const auth = {
    clientId,
    authority: issuer,
    knownAuthorities: [new URL(issuer).host],
    redirectUri: `${origin}/callback`,
    postLogoutRedirectUri: `${origin}/signed-out`,
  };
  await page.goto(`${origin}/`);
  await page.evaluate(async (given) => {
    const config = { auth: { ...given, protocolMode: msal.ProtocolMode.OIDC } };
    window.client = await msal.createStandardPublicClientApplication(config);
  }, auth);
  /** One call of the library; what it throws comes back as an error of its own name. */
  const call = (method, request) => page.evaluate(([name, given]) => window.client[name](given), [method, request]);
  const inPopup = async (method, request, act) => {
    const opened = page.waitForEvent('popup');
    const answer = call(method, request).catch((error) => {
      throw new Error(`${method}: ${error.message}`);
    });
    // What the person does may fail only because the library has given up already: its own error says more.
    await Promise.race([answer, opened.then(act)]);
    const value = await answer;
    const popup = await opened;
    expect(popup.isClosed() || await popup.waitForEvent('close'), `${method} left its popup open`);
    return value;
  };

  const first = await inPopup('loginPopup', { scopes }, async (popup) => {
    await popup.waitForSelector('[name=username]');
    await signOn(popup);
  });
  expect(first.account.localAccountId === userID || first.idTokenClaims.sub === userID, `account: ${JSON.stringify(first.account)}`);
  console.log('ok @azure/msal-browser loginPopup');

  const account = first.account;
  const kept = await call('acquireTokenSilent', { scopes, account });
  expect(kept.accessToken === first.accessToken && kept.fromCache, 'the kept token is not given again');
  const refreshed = await call('acquireTokenSilent', { scopes, account, forceRefresh: true });
  expect(refreshed.accessToken !== first.accessToken, 'refreshing gave the same access token');
  expect((await userinfoStatus(issuer, refreshed.accessToken)) === 200, 'the refreshed token is not good');
  console.log('ok @azure/msal-browser kept and refreshed tokens');

  const silent = await call('ssoSilent', { scopes, account });
  expect(silent.idTokenClaims.sub === userID, 'the hidden frame gave another person');
  console.log('ok @azure/msal-browser ssoSilent');

  const again = await inPopup('acquireTokenPopup', { scopes, account }, async () => {});
  expect(again.account.homeAccountId === account.homeAccountId, 'the popup gave another account');
  console.log('ok @azure/msal-browser acquireTokenPopup');

  await inPopup('logoutPopup', { account: again.account, idTokenHint: again.idToken }, async () => {});
  const gone = await call('ssoSilent', { scopes }).then(() => 'signed on', (error) => error.message);
  expect(/login_required/.test(gone), `after the sign-off: ${gone}`);
  console.log('ok @azure/msal-browser logoutPopup');
});
