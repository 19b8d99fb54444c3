import { loadBinding } from './native';

/** The native addon of this environment. */
export const binding = loadBinding();
