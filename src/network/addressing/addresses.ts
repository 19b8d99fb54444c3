/** Addresses of one family, as text, with the start of the free ones. */
export class Addresses {
  readonly #taken: Set<string>;
  /** Number of leading candidates of {@link free} that are known to be taken. */
  #passed = 0;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  has(address: string): boolean {
    return this.#taken.has(address);
  }

  add(address: string): void {
    this.#taken.add(address);
  }

  delete(address: string): void {
    this.#taken.delete(address);
    this.#passed = 0;
  }

  /**
   * The first free addresses among `all` candidates, `count` or fewer. `at` must always return the same candidate for
   * an index.
   */
  free(count: number, all: number, at: (index: number) => string): string[] {
    const found: string[] = [];
    for (let index = this.#passed; index < all && found.length < count; index += 1) {
      const address = at(index);
      if (!this.#taken.has(address)) found.push(address);
      else if (found.length === 0) this.#passed = index + 1;
    }
    return found;
  }
}
