import { binding } from '../../native/binding';

/** The attribute tables of native/schema, used by the whole codec. */
export const schema = binding.schema();
