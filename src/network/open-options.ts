import { ValidationError } from '../errors/errors';
import { checkKeys } from '../errors/known-keys';
import { NetworkNamespace } from '../netns/namespace';
import { ofThisCopy } from '../nsfs/other-copy';

/** How {@link Network.open} finds a network. */
export interface OpenOptions {
  /** The namespace that plays the host. Default: the caller's. */
  readonly host?: NetworkNamespace;
  /** See {@link NetworkSpec}. */
  readonly warnings?: boolean;
}

/** Validates options from JavaScript callers. Throws a ValidationError. */
export function checkOpenOptions(
  given: OpenOptions,
  known: readonly (keyof OpenOptions)[],
  operation: string,
): OpenOptions {
  checkKeys(given, known, operation);
  const options = (given as OpenOptions | null) ?? {};
  const { host, warnings = true } = options;
  if (host !== undefined && !((host as unknown) instanceof NetworkNamespace)) {
    const problem = ofThisCopy('must be an open NetworkNamespace', host);
    throw new ValidationError({ operation, path: 'host', value: host, problem });
  }
  if (typeof (warnings as unknown) !== 'boolean')
    throw new ValidationError({
      operation,
      path: 'warnings',
      value: warnings,
      problem: 'must be true or false',
    });
  return options;
}

/** Checks the name of a network to open. Throws a ValidationError unless it is a string. */
export function checkOpenName(name: unknown): void {
  if (typeof name === 'string') return;
  const problem = 'must be the name of a network, such as "web"';
  throw new ValidationError({ operation: 'network.open', path: 'name', value: name, problem });
}
