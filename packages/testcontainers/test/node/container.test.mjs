// What the module asks an engine for, against the stand-in of engine.py, which says what that does not show.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { GrantorContainer } from '@grantor/testcontainers';

test('the issuer is where the test reaches it', async () => {
  const seed = join(mkdtempSync(join(tmpdir(), 'seed-')), 'shop.json');
  writeFileSync(seed, '{"name": "Shop"}');
  const container = await new GrantorContainer('grantor:test').withSeed(seed).withWords('--host', 'grantor.test').start();
  try {
    assert.ok(container.publicUrl.endsWith(`:${container.getMappedPort(8085)}`), container.publicUrl);
    const world = await container.grantor.world();
    assert.ok(world.issuer.startsWith(`${container.publicUrl}/`), world.issuer);
    assert.equal((await fetch(`${world.issuer}/jwks`)).status, 200);
    assert.ok((await world.mint()).token);
    assert.ok((await container.grantor.worlds()).some(({ name }) => name === 'Shop'));
    assert.equal(container.environment.username, 'jane.doe');
    assert.equal((await fetch(`${container.publicUrl}/dev/v1/worlds`)).status, 401);
    assert.ok(!inspect(container).includes(container.environment.GRANTOR_CONTROL_KEY));
  } finally {
    await container.stop();
  }
});

test('a public URL is the issuers, and the controls are at the mapped port', async () => {
  const container = await new GrantorContainer('grantor:test').withPublicUrl('http://grantor:8085').start();
  try {
    const world = await container.grantor.world();
    assert.ok(world.issuer.startsWith('http://grantor:8085/'), world.issuer);
    assert.notEqual(container.getMappedPort(8085), 8085);
  } finally {
    await container.stop();
  }
});
