import { boolean, instance, optional } from 'valibot';
import { NetworkNamespace } from '../../netns/namespace';
import { networkName, options } from '../../errors/validate-options';

export const gcSchema = options({
  host: optional(instance(NetworkNamespace, 'must be an open NetworkNamespace')),
  dryRun: optional(boolean('must be true or false')),
  force: optional(networkName),
});
