interface Waiter<T> {
  readonly resolve: (item: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Those who wait for something, in the order in which they came. */
export class Line<T> {
  readonly #waiting = new Set<Waiter<T>>();

  get length(): number {
    return this.#waiting.size;
  }

  /** Resolves with what is given out once this one is the first; rejects with the signal's reason if that comes before. */
  async wait(signal?: AbortSignal): Promise<T> {
    let leave: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const waiter: Waiter<T> = { resolve, reject };
        leave = () => {
          this.#waiting.delete(waiter);
          waiter.reject(signal?.reason);
        };
        signal?.addEventListener('abort', leave);
        this.#waiting.add(waiter);
      });
    } finally {
      if (leave) signal?.removeEventListener('abort', leave);
    }
  }

  /** Gives the item to the first; false if nobody waits. */
  serve(item: T): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return false;
    this.#waiting.delete(first);
    first.resolve(item);
    return true;
  }

  /** Sends all of them away. */
  dismiss(reason: unknown): void {
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting.clear();
  }
}
