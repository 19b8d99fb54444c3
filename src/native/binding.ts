import { loadBinding } from './contract';

/** The native addon of this environment. */
export const binding = loadBinding();
