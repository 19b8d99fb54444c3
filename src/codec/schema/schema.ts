import { binding } from '../../native/binding';

/** The attribute tables of native/schema, by which everything here works. */
export const schema = binding.schema();
