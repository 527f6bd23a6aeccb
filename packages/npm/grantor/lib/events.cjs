// The stream of what happens (server-sent events, WHATWG HTML 9.2), as the server writes it: one line of data for an event.
'use strict';

/** Begins when it is first asked for, and ends with the loop that reads it, with the signal, or with the server. */
async function* events(calls, signal) {
  let [response, text] = [undefined, ''];
  try {
    response = await calls.open('/events', signal);
    response.setEncoding('utf8');
    for await (const part of response) {
      text += part;
      let end;
      while ((end = text.indexOf('\n\n')) !== -1) {
        const told = event(text.slice(0, end));
        text = text.slice(end + 2);
        if (told) yield told;
      }
    }
  } catch (error) {
    const over = signal?.aborted || (response && error.code === 'ECONNRESET');
    if (!over) throw error;
  } finally {
    response?.destroy();
  }
}

/** One event; nothing where it is a comment. */
function event(lines) {
  const member = (name) => lines.split('\n').find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
  const [kind, data] = [member('event'), member('data')];
  return kind && data ? { event: kind, ...JSON.parse(data) } : undefined;
}

module.exports = { events };
