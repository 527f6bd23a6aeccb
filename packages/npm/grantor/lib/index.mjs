import grantor from './index.cjs';

export const { createGrantor, Grantor, World, GrantorError, hashed } = grantor;
