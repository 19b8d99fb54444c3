'use strict';
/** Does what is queued, so many at once, in order; what is done may queue more. */
class Jobs {
  #waiting = [];
  #free;

  constructor(atOnce) {
    this.#free = atOnce;
  }

  /** What the job answers, once its turn has come and it is done. */
  add(job) {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => job().then(resolve, reject));
      this.#next();
    });
  }

  #next() {
    if (this.#free === 0 || this.#waiting.length === 0) return;
    this.#free--;
    void this.#waiting
      .shift()()
      .then(() => {
        this.#free++;
        this.#next();
      });
  }
}

module.exports = { Jobs };
