import { binding } from '../binding';

/** The attribute tables of native/schema, by which everything here works. */
export const schema = binding.schema();
