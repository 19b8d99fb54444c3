interface Waiter<T> {
  readonly resolve: (item: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Callers that wait for an item, first come, first served. */
export class WaitQueue<T> {
  readonly #waiting = new Set<Waiter<T>>();

  get length(): number {
    return this.#waiting.size;
  }

  /** Resolves with an item when it is this caller's turn; rejects with the signal's reason if it aborts before. */
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

  /** Gives the item to the first caller; false if the queue is empty. */
  serve(item: T): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return false;
    this.#waiting.delete(first);
    first.resolve(item);
    return true;
  }

  /** Rejects all callers. */
  dismiss(reason: unknown): void {
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting.clear();
  }
}
