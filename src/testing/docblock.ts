import { ValidationError } from '../errors/errors';
import type { TestNetwork } from './bed';

/** The network requested by `@netloom-network NAME SUBNET [NAMESPACE...]` in a file's docblock; undefined without one. */
export function networkOf(pragma: string | readonly string[] | undefined): TestNetwork | undefined {
  if (pragma === undefined) return undefined;
  const [name, subnet, ...endpoints] = typeof pragma === 'string' ? pragma.trim().split(/\s+/) : [];
  if (name !== undefined && subnet !== undefined) return { name, subnet, endpoints };
  const problem =
    'must be one line: a name, a subnet and the names of namespaces, such as "lab 10.7.0.0/24 server"';
  throw new ValidationError({ path: '@netloom-network', value: pragma, problem });
}
