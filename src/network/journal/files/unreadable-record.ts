import { NetlinkError } from '../../../errors/errors';
import { EUCLEAN } from './aside';
import type { InvalidFile } from './stored';

/** A network's record cannot be read. Its reader does not know the caller's operation: {@link during} gives it. */
export class UnreadableRecordError extends NetlinkError {
  readonly #network: string;
  readonly #invalid: InvalidFile;

  constructor(network: string, invalid: InvalidFile, operation = 'network.journal', cause?: unknown) {
    const { file, problem } = invalid;
    const remedy = `gc({ force: '${network}' }) removes everything that is known of the network`;
    const detail = `its record ${file} ${problem}: ${remedy}`;
    super({ errno: EUCLEAN, operation, object: network, detail, cause });
    this.#network = network;
    this.#invalid = invalid;
  }

  /** The same, as the answer to the caller's operation. */
  during(operation: string): UnreadableRecordError {
    return new UnreadableRecordError(this.#network, this.#invalid, operation, this);
  }
}
