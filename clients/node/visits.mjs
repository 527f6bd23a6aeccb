// What people do on the hosted pages, each visit from the application and back to it.

import { expect } from './expect.mjs';
import { authPath, authorization, envID, forgot, newcomer, opened, password, received, signOn, username } from './stage.mjs';

/** The whole sign-on without a mouse; the first field has the focus. */
export async function byKeyboard(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled });
  await page.goto(authorization());
  expect((await page.title()).startsWith('Sign on to '), `the title is ${await page.title()}`);
  await page.keyboard.type(username);
  await page.keyboard.press('Tab');
  expect((await focused(page)) === 'password', `the field after the username is ${await focused(page)}`);
  await page.keyboard.type(password);
  arrived(await received(page, () => page.keyboard.press('Enter')));
  await close(`keyboard only, ${scripts(javaScriptEnabled)}`);
}

/** What is wrong is announced once, at the field that has the focus; the name is kept, the password is not. */
export async function wrongPassword(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled });
  await page.goto(authorization());
  await signOn(page, username, 'not the password');
  await page.waitForSelector('[role=alert]');
  expect((await focused(page)) === 'password', `after an error the focus is on ${await focused(page)}`);
  expect((await page.locator('text=Wrong username or password').count()) === 1, 'the error is not told once');
  expect((await page.getAttribute('#password', 'aria-describedby')) === 'password-error', 'the field does not say what is wrong');
  expect((await page.inputValue('[name=username]')) === username, 'the wrong password lost the username');
  expect((await page.inputValue('[name=password]')) === '', 'the page sent the password back');
  await page.fill('[name=password]', password);
  arrived(await received(page, () => page.click('#sign-on')));
  await close(`wrong password, then the right one, ${scripts(javaScriptEnabled)}`);
}

/** A forced change by keyboard: a password against the rules is told which, a good one leads to the application. */
export async function passwordChange(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled });
  const user = await newcomer();
  await page.goto(authorization());
  await signOn(page, user.username, user.password);
  await page.waitForSelector('[name=newPassword]');
  expect((await page.locator('[name=currentPassword]').count()) === 0, 'the page asks again for the password just typed');
  await change(page, 'short');
  await page.waitForSelector('[role=alert]');
  expect((await page.locator('.rules .failed').count()) > 0, 'the page does not say which rules failed');
  expect((await page.inputValue('[name=newPassword]')) === '', 'the page sent the new password back');
  const chosen = 'Chosen by its person, 2';
  arrived(await received(page, () => change(page, chosen)));
  await close(`forced password change, ${scripts(javaScriptEnabled)}`);

  const again = await opened(chromium, { javaScriptEnabled });
  await again.page.goto(authorization());
  arrived(await received(again.page, () => signOn(again.page, user.username, chosen)));
  await again.close(`sign-on with the new password, ${scripts(javaScriptEnabled)}`);
}

/** A forgotten password: the code out of the mail, a password that the rules refuse, and one that they allow. */
export async function forgottenPassword(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled });
  const user = await newcomer();
  await forgot(page, user.username);
  const code = await mailedCode(user.email);
  await page.keyboard.type(code.toLowerCase());
  await page.keyboard.press('Tab');
  await change(page, 'short');
  await page.waitForSelector('.rules .failed');
  expect((await page.inputValue('[name=recoveryCode]')) === code.toLowerCase(), 'the page does not keep the code that was right');
  const chosen = 'Chosen by its person, 3';
  arrived(await received(page, () => change(page, chosen)));
  await close(`forgotten password, ${scripts(javaScriptEnabled)}`);

  const again = await opened(chromium, { javaScriptEnabled });
  await again.page.goto(authorization());
  arrived(await received(again.page, () => signOn(again.page, user.username, chosen)));
  await again.close(`sign-on with the recovered password, ${scripts(javaScriptEnabled)}`);
}

async function mailedCode(to) {
  const answer = await fetch(`${authPath}/dev/v1/worlds/${envID}/outbox?${new URLSearchParams({ to, waitMs: '5000' })}`);
  const { messages } = await answer.json();
  expect(messages.length === 1, `${messages.length} messages to ${to}`);
  return messages[0].code;
}

/** Back to a form that was refused, and a reload of the page, both lead on. */
export async function backAndReload(chromium) {
  const { page, close } = await opened(chromium);
  await page.goto(authorization());
  await page.reload();
  await signOn(page, username, 'not the password');
  await page.waitForSelector('[role=alert]');
  await page.goBack();
  await page.waitForSelector('#sign-on');
  arrived(await received(page, () => signOn(page)));
  await close('back and reload');
}

/** Two sign-ons side by side in one browser, finished in the other order. */
export async function twoTabs(chromium) {
  const { page, close } = await opened(chromium);
  const other = await page.context().newPage();
  await page.goto(authorization({ state: 'first' }));
  await other.goto(authorization({ state: 'second' }));
  const second = await received(other, () => signOn(other));
  const first = await received(page, () => signOn(page));
  arrived(first);
  arrived(second);
  expect(first.get('state') === 'first' && second.get('state') === 'second', 'the tabs were given each other\'s answers');
  expect(first.get('code') !== second.get('code'), 'both tabs have one code');
  await close('two tabs');
}

/** `ui_locales` decides before the browser's languages, and what nobody speaks falls back to English. */
export async function otherLanguages(chromium) {
  const spoken = async (locale, ui_locales) => {
    const { page, close } = await opened(chromium, { locale });
    await page.goto(authorization(ui_locales && { ui_locales }));
    const language = await page.getAttribute('html', 'lang');
    await close();
    return language;
  };
  for (const [browsers, wish, told] of [['de-AT', undefined, 'de'], ['de', 'xx fr', 'fr'], ['es', 'en', 'en'], ['ja', undefined, 'en']]) {
    const language = await spoken(browsers, wish);
    expect(language === told, `a browser in ${browsers} that asks for ${wish} was told in ${language}`);
  }
  console.log('ok languages');
}

/** Types the new password into the field that has the focus and sends the form, by keyboard alone. */
async function change(page, chosen) {
  expect((await focused(page)) === 'newPassword', `the focus is on ${await focused(page)}`);
  await page.keyboard.type(chosen);
  await page.keyboard.press('Enter');
}

/** Somebody else sits here: the flow begins anew and suggests no name. */
export async function notYou(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled });
  const user = await newcomer();
  await page.goto(authorization({ state: 'kept', login_hint: user.username }));
  await signOn(page, user.username, user.password);
  await page.click('#not-you');
  await page.waitForSelector('#sign-on');
  expect((await page.inputValue('[name=username]')) === '', 'somebody else\'s name is suggested');
  const parameters = await received(page, () => signOn(page));
  arrived(parameters);
  expect(parameters.get('state') === 'kept', 'the application\'s state is lost');
  await close(`not you, ${scripts(javaScriptEnabled)}`);
}

/** A person chooses a language on the page, and keeps it; the application's wish and the browser's come after. */
export async function chosenLanguage(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled, locale: 'fr' });
  await page.goto(authorization({ ui_locales: 'es' }));
  expect((await page.getAttribute('html', 'lang')) === 'es', 'the application\'s wish is not met');
  await page.click('.foot summary');
  await page.click('text=Deutsch');
  expect((await page.getAttribute('html', 'lang')) === 'de', 'the language that was chosen is not shown');
  await signOn(page, username, 'not the password');
  await page.waitForSelector('text=Benutzername oder Passwort ist falsch');
  await page.goto(authorization({ ui_locales: 'es' }));
  expect((await page.getAttribute('html', 'lang')) === 'de', 'the language that was chosen is not kept');
  await close(`a language of one's own, ${scripts(javaScriptEnabled)}`);
}

/** Two clicks on the front page: an application is registered, and signs somebody on. */
export async function connectsAnApplication(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled });
  await page.goto(`${authPath}/`);
  await page.fill('[name=redirect_uri]', 'nowhere');
  await page.click('#register');
  await page.waitForSelector('#redirect_uri-error');
  await page.fill('[name=redirect_uri]', 'http://localhost:4000/callback');
  await page.click('#register');
  await page.waitForSelector('text=Application at localhost:4000 is registered');
  expect((await page.textContent('#snippet-1')).includes('issuer-uri'), 'the first snippet is not Spring\'s');
  await page.click('#sign-on-with-it');
  await page.click('#sign-on');
  await page.waitForSelector('text=The signature is valid');
  const first = await page.locator('#id-token .claims tbody').first().locator('tr').nth(1).locator('th').textContent();
  expect(first === 'sub', `the ID token begins with ${first}`);
  await close(`connect your application, ${scripts(javaScriptEnabled)}`);
}

/** A refusal appears on the front page by itself, newest first, and what is open stays open. */
export async function newRefusals(chromium) {
  const { page, close } = await opened(chromium);
  await page.goto(`${authPath}/`);
  const answer = await fetch(`${authPath}/${envID}/as/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'none' }) });
  const entry = `#r-${answer.headers.get('correlation-id')}`;
  await page.waitForSelector(entry, { state: 'attached', timeout: 15_000 });
  expect((await page.locator('.refusal').first().getAttribute('id')) === entry.slice(1), 'the newest refusal is not the first');
  await close('a new refusal without a reload');
}

/** A request appears on the front page when it comes, by itself and at once. */
export async function newRequests(chromium) {
  const { page, close } = await opened(chromium);
  const listens = page.waitForRequest(`${authPath}/dev/v1/events`);
  await page.goto(`${authPath}/`);
  await listens;
  const answer = await fetch(`${authPath}/${envID}/as/${crypto.randomUUID()}`);
  const path = new URL(answer.url).pathname;
  await page.waitForSelector(`.log code[title="${path}"]`, { state: 'attached', timeout: 5_000 });
  const first = await page.locator('.log li').first().textContent();
  expect(first.includes('GET') && first.includes(String(answer.status)), `the newest request is told as ${first}`);
  await close('a new request without a reload');
}

/** Clicks: a world is made, and its clock goes on by a day and back. */
export async function turnsAClock(chromium, javaScriptEnabled) {
  const { page, close } = await opened(chromium, { javaScriptEnabled });
  await page.goto(`${authPath}/`);
  await page.click('#new-world');
  const shown = async () => Date.parse(await page.getAttribute('#clock time', 'datetime'));
  const before = await shown();
  await page.click('#clock [value=day]');
  await page.waitForURL(/#clock$/);
  const day = 86_400_000;
  const ahead = (await shown()) - before;
  expect(ahead >= day && ahead < day + 60_000, `the clock went on by ${ahead} ms`);
  await page.click('#clock [value=reset]');
  await page.waitForLoadState();
  expect((await shown()) - before < 60_000, 'the clock was not put back');
  await close(`a clock is turned, ${scripts(javaScriptEnabled)}`);
}

function arrived(parameters) {
  expect(parameters.get('code'), `no code in ${parameters}`);
  expect(parameters.get('iss') === `${authPath}/${envID}/as`, `iss is ${parameters.get('iss')}`);
}

const focused = (page) => page.evaluate(() => document.activeElement.id);
const scripts = (on) => `scripts ${on ? 'on' : 'off'}`;
