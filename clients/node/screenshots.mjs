// Pictures of the pages of a running `grantor dev`, light and dark, at three widths. Usage: screenshots.mjs FOLDER
// Reads authPath, envID, sharedWebAppID, username, password, and CHROMIUM.

import { join } from 'node:path';
import { browser } from './browser.mjs';
import { redirectUri } from './walk.mjs';

const folder = process.argv[2];
const { authPath, envID, password, sharedWebAppID, username } = process.env;
const WIDTHS = [360, 768, 1280];

const chromium = await browser();
try {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of WIDTHS) {
      await pictures(colorScheme, width);
    }
  }
} finally {
  await chromium.close();
}

async function pictures(colorScheme, width) {
  const context = await chromium.newContext({ colorScheme, viewport: { width, height: 800 } });
  const page = await context.newPage();
  // What the window shows: the long pages would be strips that nobody looks at.
  const picture = (name) => page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });

  await page.goto(`${authPath}/`);
  await picture('front');

  await page.goto(authorization({ client_id: sharedWebAppID }));
  await picture('sign-on');
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', 'not the password');
  await page.click('#sign-on');
  await page.waitForSelector('[role=alert]');
  await picture('sign-on-refused');

  await page.goto(authorization({ client_id: '00000000-0000-4000-8000-000000000000' }));
  await picture('error');

  await tryIt(page, picture);
  await page.goto(`${authPath}/${envID}/as/signoff`);
  await picture('sign-off');
  await page.click('#log-out');
  await page.waitForSelector('#logged-out');
  await picture('signed-out');
  await context.close();
}

/** The front page's own walk: sign on, then the decoded tokens. */
async function tryIt(page, picture) {
  await page.goto(`${authPath}/`);
  await page.click('text=/try it/i');
  if (await page.locator('[name=password]').count()) {
    await page.fill('[name=username]', username);
    await page.fill('[name=password]', password);
    await page.click('#sign-on');
  }
  await page.waitForLoadState();
  await picture('try-it');
}

function authorization(more) {
  const request = { response_type: 'code', redirect_uri: redirectUri, scope: 'openid', ...more };
  return `${authPath}/${envID}/as/authorize?${new URLSearchParams(request)}`;
}
