// The code exchange with the npm package `request`.
// Reads authPath, envID, sharedWebAppID, sharedWebAppSecret and postAuthCode.

import request from 'request';
import { codeExchange, expect } from './expect.mjs';

const { authPath, envID, postAuthCode, sharedWebAppID, sharedWebAppSecret } = process.env;

request.post(
  {
    url: `${authPath}/${envID}/as/token`,
    form: {
      grant_type: 'authorization_code',
      code: postAuthCode,
      redirect_uri: 'http://localhost:3000/callback',
      client_id: sharedWebAppID,
      client_secret: sharedWebAppSecret,
    },
  },
  (failure, response, body) => {
    expect(!failure, `${failure}`);
    expect(response.statusCode === 200, `${response.statusCode}: ${body}`);
    codeExchange(JSON.parse(body));
    console.log('ok NodeJS request');
  },
);
