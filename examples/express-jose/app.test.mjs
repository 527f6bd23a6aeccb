import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createGrantor } from 'grantor';
import { orders } from './app.mjs';

const seed = JSON.parse(readFileSync(new URL('shop.json', import.meta.url)));
let grantor;
before(async () => (grantor = await createGrantor()));
after(() => grantor.close());

/** A world, the API that trusts it, and how it is called. */
async function started(t) {
  const world = await grantor.world({ seed });
  const app = orders({ issuer: world.issuer, audience: 'https://orders.test', client: world.application, now: () => world.clock.now() });
  const server = await new Promise((resolve) => { const one = app.listen(0, '127.0.0.1', () => resolve(one)); });
  t.after(() => server.close());
  const call = async (path, token, body) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) });
    return { status: answer.status, ...(await answer.json()) };
  };
  return { world, call, mint: async (more) => (await world.mint({ username: 'ada', scope: 'orders:read', ...more })).token };
}

test('a token is taken until it expires', async (t) => {
  const { world, call, mint } = await started(t);
  const token = await mint();
  assert.deepEqual(await call('/orders', token), { status: 200, of: world.user.id });
  await world.clock.advance(3601);
  assert.deepEqual(await call('/orders', token), { status: 401, code: 'ERR_JWT_EXPIRED' });
});

for (const wrong of ['expired', 'notYetValid', 'issuer', 'audience', 'signature', 'algNone', 'unknownKid', 'typ']) {
  test(`a token is refused for what is wrong with it: ${wrong}`, async (t) => {
    const { call, mint } = await started(t);
    assert.equal((await call('/orders', await mint({ wrong }))).status, 401);
  });
}

test('keys rotate while it runs', async (t) => {
  const { world, call, mint } = await started(t);
  const old = await mint();
  await call('/orders', old);
  await world.keys.rotate();
  for (const token of [await mint(), old]) assert.equal((await call('/orders', token)).status, 200);
});

test('who cannot renew is told whether it is for them', async (t) => {
  const { world, call, mint } = await started(t);
  const refreshToken = await mint({ kind: 'refresh' });
  await world.next({ endpoint: 'token', refuse: 'secret_wrong' });
  assert.deepEqual(await call('/renew', undefined, { refreshToken }), { status: 503, code: 'invalid_client' });
  assert.equal((await call('/renew', undefined, { refreshToken })).status, 200);
  const ended = await mint({ kind: 'refresh' });
  await world.expire('refreshTokens');
  assert.deepEqual(await call('/renew', undefined, { refreshToken: ended }), { status: 401, code: 'invalid_grant' });
  assert.equal((await world.recorded({ endpoint: 'token', status: 401 }))[0].reason, 'secret_wrong');
});

test('worlds beside each other', async (t) => {
  const [one, other] = await Promise.all([started(t), started(t)]);
  assert.equal((await other.call('/orders', await one.mint())).status, 401);
});
