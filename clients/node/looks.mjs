// What holds for every page however it is looked at: accessible, readable at every width, light, and the same to a screen reader.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from './expect.mjs';
import { authPath, opened } from './stage.mjs';

const axe = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const trees = new URL('./trees/', import.meta.url);
/** Width and size of text: from the narrowest telephone to a desk, and a window zoomed until its text is twice as large. */
const SIZES = [[320, '100%'], [360, '100%'], [768, '100%'], [1440, '100%'], [640, '200%']];
/** Bytes of HTML, style sheet and script of the sign-on page as they travel, compressed. */
const WEIGHT = 15 * 1024;

/** axe-core finds nothing, light and dark; it needs the page's policy out of its way, the page does not. */
export async function accessible(chromium, name, go) {
  for (const colorScheme of ['light', 'dark']) {
    const { page, close } = await opened(chromium, { colorScheme, bypassCSP: true });
    await go(page);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run());
    const told = violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`);
    expect(!told.length, `${name}, ${colorScheme}:\n${told.join('\n')}`);
    await close();
  }
  console.log(`ok axe-core on the page "${name}", light and dark`);
}

/** No horizontal bar at any size, and nothing to press that a finger would miss (44 px high). */
export async function fits(chromium, name, go) {
  const { page, close } = await opened(chromium, { bypassCSP: true });
  await go(page);
  for (const [width, size] of SIZES) {
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate((wanted) => (document.documentElement.style.fontSize = wanted), size);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide <= 0, `${name} is ${wide} px too wide at ${width} px, text at ${size}`);
  }
  const low = await page.evaluate(() =>
    [...document.querySelectorAll('.card input:not([type=hidden]):not(.sr), .card button:not([data-reveal]):not([data-copy]), .card a.button')]
      .filter((each) => each.getClientRects().length && each.getBoundingClientRect().height < 44)
      .map((each) => each.id || each.textContent));
  expect(!low.length, `${name}: lower than 44 px: ${low.join(', ')}`);
  await onePage(page, name);
  await close(`the page "${name}" fits every width`);
}

// V2: on a telephone the card is the page: one surface without a seam, and at its end who runs it.
async function onePage(page, name) {
  await page.setViewportSize({ width: 360, height: 760 });
  await page.evaluate(() => (document.documentElement.style.fontSize = '100%'));
  const seam = await page.evaluate(() => {
    const card = document.querySelector('.card');
    if (!card) {
      return undefined;
    }
    const { backgroundColor, borderTopWidth, borderBottomWidth, boxShadow } = getComputedStyle(card);
    const plain = backgroundColor === 'rgba(0, 0, 0, 0)' && borderTopWidth === '0px' && borderBottomWidth === '0px' && boxShadow === 'none';
    const foot = document.querySelector('.foot');
    const ends = !foot || Math.round(foot.getBoundingClientRect().bottom + scrollY) >= innerHeight;
    return plain && ends ? undefined : `${backgroundColor} ${borderBottomWidth} ${boxShadow} ${ends}`;
  });
  expect(!seam, `${name} does not fill a telephone: ${seam}`);
}

/**
 * The page as a screen reader meets it is the one that was looked at last: `trees/NAME.yml`. With UPDATE set the file is
 * written anew, to be read before it is committed.
 */
export async function announced(chromium, name, go) {
  const { page, close } = await opened(chromium);
  await go(page);
  const tree = steady(await page.locator('body').ariaSnapshot());
  const file = new URL(`${name.replaceAll(' ', '-')}.yml`, trees);
  if (process.env.UPDATE) {
    mkdirSync(trees, { recursive: true });
    writeFileSync(file, tree);
  }
  expect(existsSync(file), `${file.pathname} is missing: run with UPDATE=1 and read what it wrote`);
  const looked = readFileSync(file, 'utf8');
  expect(tree === looked, `${name} is announced differently than ${file.pathname}:\n${tree}`);
  await close(`the page "${name}" as a screen reader meets it`);
}

/** The page, its style sheet and its script together stay light. */
export async function light(chromium, name, go) {
  const { page, close } = await opened(chromium);
  const sizes = [];
  page.on('response', (response) => sizes.push(response.body().then((body) => gzipSync(body).length, () => 0)));
  await go(page);
  await page.waitForLoadState('networkidle');
  const weight = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(weight > 0 && weight < WEIGHT, `${name} weighs ${weight} bytes`);
  await close(`the page "${name}" weighs ${weight} bytes`);
}

/** Without what differs from run to run: ids, ports, times, tokens. */
function steady(tree) {
  return `${tree
    .replaceAll(authPath, 'ORIGIN')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .trimEnd()}\n`;
}
