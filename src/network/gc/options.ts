import { boolean, optional } from 'valibot';
import { aHost } from '../../netns/host-option';
import { networkName, options } from '../../errors/validate-options';

export const gcSchema = options({
  host: optional(aHost),
  dryRun: optional(boolean('must be true or false')),
  force: optional(networkName),
});
