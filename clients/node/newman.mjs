// The collection ../postman/grantor.postman_collection.json, run by newman with the environment that `grantor dev --postman` writes.
// Reads POSTMAN, the path of that environment.

import newman from 'newman';
import { fileURLToPath } from 'node:url';

const collection = fileURLToPath(new URL('../postman/grantor.postman_collection.json', import.meta.url));
const summary = await new Promise((resolve, reject) => {
  const options = { collection, environment: process.env.POSTMAN, timeoutRequest: 30_000 };
  newman.run(options, (error, ran) => (error ? reject(error) : resolve(ran)));
});

const { failures, stats } = summary.run;
for (const { source, error } of failures) {
  console.error(`Error: ${source.name}: ${error.test ?? ''} ${error.message}`);
}
const { requests, assertions } = stats;
console.log(`ok newman: ${assertions.total - assertions.failed} of ${assertions.total} assertions in ${requests.total} requests`);
process.exitCode = failures.length || !assertions.total ? 1 : 0;
