'use strict';
// Random numbers that are the same for the same seed (mulberry32).
class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  one(list) {
    return list[this.below(list.length)];
  }

  /** So many of a list, in the list's order. */
  sample(list, count) {
    const left = [...list.keys()];
    const chosen = [];
    while (chosen.length < count && left.length > 0) chosen.push(left.splice(this.below(left.length), 1)[0]);
    return chosen.sort((one, other) => one - other).map((index) => list[index]);
  }
}

module.exports = { Random };
