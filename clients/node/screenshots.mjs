// Pictures of the pages of a running `grantor dev`, light and dark, at three widths. Usage: screenshots.mjs FOLDER

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { small } from './palette.mjs';
import { newcomer, opened, places, visitor } from './stage.mjs';

const folder = process.argv[2];

const chromium = await visitor();
try {
  const pages = Object.entries(places(await newcomer()));
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [360, 768, 1440]) {
      // In this order a wrong password is followed by a right one, and nobody is locked out.
      for (const [name, go] of pages) {
        const { page, close } = await opened(chromium, { colorScheme, viewport: { width, height: width < 500 ? 760 : 900 } });
        await go(page);
        // What the window shows: the long pages would be strips that nobody looks at.
        const picture = small(await page.screenshot());
        writeFileSync(join(folder, `${name.replaceAll(' ', '-')}-${colorScheme}-${width}.png`), picture);
        await close();
      }
    }
  }
} finally {
  await chromium.close();
}
