// The hosted pages as people meet them: by keyboard, without scripts, with two tabs and the back button; and each page
// through axe-core, at every width, light and dark, and as a screen reader meets it.

import { accessible, announced, fits, light } from './looks.mjs';
import { newcomer, places, visitor } from './stage.mjs';
import {
  backAndReload, byKeyboard, chosenLanguage, connectsAnApplication, forgottenPassword, newRefusals, newRequests, notYou, otherLanguages, passwordChange,
  turnsAClock, twoTabs, wrongPassword,
} from './visits.mjs';

/** Their content differs from run to run; what they say is tested where they are made. */
const CHANGING = ['front', 'world', 'try it', 'connected', 'document'];

const chromium = await visitor();
try {
  for (const javaScriptEnabled of [true, false]) {
    await byKeyboard(chromium, javaScriptEnabled);
    await wrongPassword(chromium, javaScriptEnabled);
    await passwordChange(chromium, javaScriptEnabled);
    await forgottenPassword(chromium, javaScriptEnabled);
    await notYou(chromium, javaScriptEnabled);
    await chosenLanguage(chromium, javaScriptEnabled);
    await connectsAnApplication(chromium, javaScriptEnabled);
  }
  await backAndReload(chromium);
  await twoTabs(chromium);
  await otherLanguages(chromium);
  await newRefusals(chromium);
  await newRequests(chromium);
  for (const javaScriptEnabled of [true, false]) {
    await turnsAClock(chromium, javaScriptEnabled);
  }
  const pages = places(await newcomer());
  await light(chromium, 'sign-on', pages['sign-on']);
  for (const [name, go] of Object.entries(pages)) {
    await accessible(chromium, name, go);
    await fits(chromium, name, go);
    if (!CHANGING.includes(name)) {
      await announced(chromium, name, go);
    }
  }
} finally {
  await chromium.close();
}
