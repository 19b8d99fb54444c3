/** Addresses of one family, as text, and where the free ones begin. */
export class Addresses {
  readonly #taken: Set<string>;
  /** So many of those that {@link free} goes through, from the first, are not free. */
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

  /** The first of `all` addresses that are free, `count` or fewer. `at` tells them by their number, each time the same. */
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
