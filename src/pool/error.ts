/** The maximum number of callers already wait for a namespace of the pool. */
export class PoolBusyError extends Error {
  override readonly name = 'PoolBusyError';
  readonly code = 'ERR_POOL_BUSY';
  /** The number of waiting callers. */
  readonly waiting: number;

  constructor(waiting: number) {
    super(
      `the pool is empty and ${waiting} callers wait already: release unused leases, or raise maxWaiting`,
    );
    this.waiting = waiting;
  }
}
