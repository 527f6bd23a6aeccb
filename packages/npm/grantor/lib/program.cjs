// Where the program is: named, or in the package of this platform.
'use strict';

const { existsSync } = require('node:fs');

/** The path of the program; throws where there is none. */
function program(named) {
  const chosen = named ?? process.env.GRANTOR_BINARY;
  if (chosen) {
    if (!existsSync(chosen)) throw new Error(`there is no program ${chosen}`);
    return chosen;
  }
  const platform = `@grantor/${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${platform}/bin/grantor`);
  } catch {
    throw new Error(
      `${platform} is not installed: install its archive beside that of grantor, or name a program in GRANTOR_BINARY`,
    );
  }
}

module.exports = { program };
