// An API that takes access tokens (RFC 9068), and renews those of its own users.
import express from 'express';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

export function orders({ issuer, audience, client, now = () => new Date() }) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`), { cooldownDuration: 0 });
  const app = express().use(express.json());

  const bearer = async (request, response, next) => {
    const [, token] = /^Bearer (.+)$/.exec(request.get('authorization') ?? '') ?? [];
    try {
      const rules = { issuer, audience, typ: 'at+jwt', algorithms: ['RS256'], currentDate: await now() };
      request.claims = (await jwtVerify(token ?? '', keys, rules)).payload;
      next();
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) return next(error);
      response.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').json({ code: error.code });
    }
  };

  app.get('/orders', bearer, ({ claims }, response) => {
    if (!`${claims.scope}`.split(' ').includes('orders:read')) return response.status(403).json({ code: 'scope' });
    response.json({ of: claims.sub });
  });

  app.post('/renew', async (request, response) => {
    const form = { grant_type: 'refresh_token', refresh_token: request.body.refreshToken };
    const body = new URLSearchParams({ ...form, client_id: client.clientId, client_secret: client.clientSecret });
    const answer = await fetch(`${issuer}/token`, { method: 'POST', body });
    const told = await answer.json();
    if (answer.ok) return response.json({ accessToken: told.access_token });
    // The user can do something about the one, and only we about the other.
    response.status(told.error === 'invalid_grant' ? 401 : 503).json({ code: told.error });
  });
  return app;
}
