import { loadBinding } from './load';

/** The native addon of this environment. */
export const binding = loadBinding();
