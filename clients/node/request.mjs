// The code exchange with the npm package `request`, by the method in authMethod.
// Reads authPath, envID, sharedWebAppID, postAuthCode, and what the method needs (see ../exchanges.py).

import request from 'request';
import { codeExchange, expect, method, proof } from './expect.mjs';

const { authPath, envID, postAuthCode, sharedWebAppID, sharedWebAppSecret } = process.env;

request.post(
  {
    url: `${authPath}/${envID}/as/token`,
    form: {
      grant_type: 'authorization_code',
      code: postAuthCode,
      redirect_uri: 'http://localhost:3000/callback',
      ...proof(),
    },
    ...(method === 'client_secret_basic' && { auth: { user: sharedWebAppID, pass: sharedWebAppSecret } }),
  },
  (failure, response, body) => {
    expect(!failure, `${failure}`);
    expect(response.statusCode === 200, `${response.statusCode}: ${body}`);
    codeExchange(JSON.parse(body));
    console.log(`ok NodeJS request ${method}`);
  },
);
