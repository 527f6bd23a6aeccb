// The frame that tells an application whether the session in this browser is the one that it knows (OpenID Connect Session Management
// 1.0 §3.3). It asks no server. Whoever does not belong to a page that may hold it is not answered.
'use strict';
(() => {
  const { cookie, origins } = document.documentElement.dataset;
  const allowed = new Set(origins.split(' '));
  const around = location.ancestorOrigins?.[0];
  let under = 0;

  const known = () => {
    const own = document.cookie.split('; ').find((pair) => pair.startsWith(`${cookie}=`));
    return own ? own.slice(cookie.length + 1) : '';
  };

  const judged = async (message, origin) => {
    // "Client ID" and "Session State", with a space between (§3.2); the salt is the state's end.
    const space = typeof message === 'string' && message.length <= 2048 ? message.lastIndexOf(' ') : -1;
    const state = space > 0 ? message.slice(space + 1) : '';
    const dot = state.lastIndexOf('.');
    if (dot < 1 || dot === state.length - 1) return 'error';
    const browser = known();
    // Where the browser shows no cookies to frames nothing is known: to ask the server would not help either.
    if (!browser && document.hasStorageAccess && !(await document.hasStorageAccess())) return 'error';
    const text = [message.slice(0, space), origin, browser, state.slice(dot + 1)].join(' ');
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    const encoded = btoa(String.fromCharCode(...new Uint8Array(hash)));
    const expected = encoded.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    return browser && expected === state.slice(0, dot) ? 'unchanged' : 'changed';
  };

  addEventListener('message', async ({ data, origin, source }) => {
    // Before anything is done for it; and no more at a time than the frames of a page ask.
    if (!source || !allowed.has(origin) || (around && around !== origin) || under >= 8) return;
    under += 1;
    const answer = await judged(data, origin).catch(() => 'error');
    under -= 1;
    source.postMessage(answer, origin);
  });
})();
