/** How much of everything. */
export interface Scale {
  readonly rounds: number;
  /** How often a round takes each turn whose times are so short, or so close to others', that chance shows. */
  readonly takesOfClose: number;
  /** Numbers of namespaces that everybody makes, and those that only we and the floor do. */
  readonly all: readonly number[];
  readonly ours: readonly number[];
  /** Ports, links and endpoints where one number is enough. */
  readonly many: number;
  /** How many times something small is done. */
  readonly few: number;
  /** With those peers that need seconds for a port. */
  readonly slowPublishers: boolean;
  /** How long a quiet machine is waited for before each turn, and for how long a turn that was stolen from is taken again. */
  readonly patienceMs: number;
  /** When no further turn begins. */
  readonly budgetMs: number;
}

const FULL: Scale = {
  rounds: 3,
  takesOfClose: 3,
  all: [1, 100, 500, 1000],
  ours: [4000, 10_000],
  many: 1000,
  few: 200,
  slowPublishers: true,
  patienceMs: 30_000,
  budgetMs: Infinity,
};

/** Less than two minutes. */
const QUICK: Scale = {
  ...FULL,
  rounds: 1,
  takesOfClose: 1,
  all: [100],
  ours: [],
  few: 100,
  patienceMs: 1000,
  budgetMs: 105_000,
};

/** Shows that everything works still; its figures mean nothing. */
const SMOKE: Scale = {
  ...QUICK,
  all: [10],
  many: 10,
  few: 10,
  slowPublishers: false,
  patienceMs: 0,
};

export const SCALES = { full: FULL, quick: QUICK, smoke: SMOKE };
