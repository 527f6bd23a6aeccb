// The code exchange with jQuery in a real browser: a page of http://localhost:3000 calls the token endpoint across origins.
//
// Usage: jquery.mjs [SCRIPT]   SCRIPT is a file to run in the page instead of our own; what it logs is printed.
// Reads authPath, envID, sharedWebAppID, postAuthCode, what the method in authMethod needs (see ../exchanges.py), and CHROMIUM
// (default: chromium).

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { browser } from './browser.mjs';
import { codeExchange, expect, method, proof } from './expect.mjs';

const PORT = 3000;
const jquery = readFileSync(new URL('./node_modules/jquery/dist/jquery.js', import.meta.url), 'utf8');
const { authPath, envID, postAuthCode, sharedWebAppID, sharedWebAppSecret } = process.env;

const server = createServer((incoming, outgoing) => {
  const script = incoming.url === '/jquery.js';
  outgoing.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' });
  outgoing.end(script ? jquery : '<!doctype html><title>exchange</title><script src="/jquery.js"></script>');
});
await new Promise((listening, failed) => server.once('error', failed).listen(PORT, '127.0.0.1', listening));
const chromium = await browser();
try {
  const page = await chromium.newPage();
  await page.goto(`http://localhost:${PORT}/`);
  if (process.argv[2]) {
    console.log(JSON.stringify(await logged(page, readFileSync(process.argv[2], 'utf8'))));
  } else {
    codeExchange(await exchange(page));
    await refusedToOthers(page);
    console.log(`ok jQuery in Chromium ${method}`);
  }
} finally {
  await chromium.close();
  server.close();
}

/** Runs a script that logs its answer, and gives the first thing logged. */
async function logged(page, source) {
  const answer = page.waitForEvent('console', { timeout: 20_000, predicate: (line) => line.type() === 'log' });
  const refusal = new Promise((_, failed) =>
    page.on('requestfailed', (request) => failed(new Error(`${request.url()}: ${request.failure().errorText}`))),
  );
  await page.addScriptTag({ content: source });
  return (await Promise.race([answer, refusal])).args()[0].jsonValue();
}

async function exchange(page) {
  const data = {
    grant_type: 'authorization_code',
    code: postAuthCode,
    redirect_uri: 'http://localhost:3000/callback',
    ...proof(),
  };
  const basic = method === 'client_secret_basic' && { Authorization: `Basic ${btoa(`${sharedWebAppID}:${sharedWebAppSecret}`)}` };
  return page.evaluate(
    ([url, form, headers]) =>
      new Promise((done, failed) =>
        $.ajax(url, { method: 'POST', data: form, headers }).then(done, (answer) =>
          failed(new Error(`${answer.status}: ${answer.responseText}`)),
        ),
      ),
    [`${authPath}/${envID}/as/token`, data, basic || {}],
  );
}

/** The same page under another origin gets no answer to read: CORS is open to the application's origins only. */
async function refusedToOthers(page) {
  await page.goto(`http://127.0.0.1:${PORT}/`);
  const readable = await page.evaluate(
    ([url, id]) => fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: id }) }).then(() => true, () => false),
    [`${authPath}/${envID}/as/token`, sharedWebAppID],
  );
  expect(!readable, 'another origin could read the answer of the token endpoint');
}
